"""The commands for projects without Django: ``python -m centrifugo_rpc``."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence

from centrifugo_rpc.generate import (
    GenerateError,
    add_generate_options,
    generate_clients,
    read_generate_options,
    registry_contract,
)
from centrifugo_rpc.handlers.registry import Registry, default_registry


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: Default: the arguments of the command line.

    Returns:
        The exit code: 0, or 1 if the command failed. Wrong options end the process with code 2.
    """
    options = _parser().parse_args(arguments)
    try:
        registry = _load_registry(options.module)
        if options.command == "contract":
            sys.stdout.write(registry_contract(registry))
        else:
            generate_clients(registry, read_generate_options(vars(options)), sys.stdout)
    except GenerateError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m centrifugo_rpc", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    contract = commands.add_parser("contract", help="print the contract of the handlers")
    generate = commands.add_parser(
        "generate_centrifugo_clients", help="write type-safe clients for the registered handlers"
    )
    for command in (contract, generate):
        command.add_argument(
            "module",
            metavar="MODULE[:REGISTRY]",
            help="the module that registers the handlers, as in app.handlers, and its registry",
        )
    add_generate_options(generate)
    return parser


def _load_registry(place: str) -> Registry:
    """Imports a module, and returns its registry of that name, or the default one."""
    name, _, attribute = place.partition(":")
    if not all(part.isidentifier() for part in name.split(".")):
        raise GenerateError(
            f"{name} is not a module name: write it as in an import, as in app.handlers"
        )
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        # Only for the module itself or a package around it, not for its own imports.
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise GenerateError(
            f"module {name} not found: it must be in the working directory or on PYTHONPATH"
        ) from error
    if attribute == "":
        return default_registry()
    registry = getattr(module, attribute, None)
    if not isinstance(registry, Registry):
        raise GenerateError(f"{name} has no registry named {attribute}")
    return registry


if __name__ == "__main__":
    sys.exit(main())
