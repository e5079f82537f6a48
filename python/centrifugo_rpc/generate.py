"""Generates clients with the command ``centrifugo-rpc``, which runs on Node.js."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .coded_errors import CodedErrorCode
from .contract import build_contract, contract_json
from .handlers.registry import Registry

LANGUAGES = ("python", "typescript", "go")

_OLDEST_NODE = 20

INSTALL = (
    "install Node.js 20 or newer, then the generator in this folder or a parent: "
    "npm install centrifugo-rpc, or from a checkout npm install PATH/centrifugo-rpc-0.1.0.tgz, "
    "the file that npm pack makes there"
)
"""What to do if the generator is missing."""


class GenerateError(Exception):
    """The clients cannot be generated. The message has the reason and the fix."""

    code: CodedErrorCode = "CRPC_GENERATION_FAILED"


class Output(Protocol):
    """A text file, or the output of a Django command."""

    def write(self, msg: str, /) -> object:
        """Writes text."""
        ...


@dataclass(frozen=True)
class GenerateOptions:
    """What to generate and where.

    Attributes:
        output: The folder to write to, with one folder for each language.
        languages: Any of :data:`LANGUAGES`.
        verbose: Report each method, model and file.
        check: Write nothing, and fail if the files are not up to date.
    """

    output: str
    languages: Sequence[str]
    verbose: bool = False
    check: bool = False


def add_generate_options(parser: argparse.ArgumentParser) -> None:
    """Adds the generator's options to a command."""
    parser.add_argument("--output", required=True, metavar="DIR", help="where to write")
    parser.add_argument("--all", action="store_true", help="Python, TypeScript and Go")
    parser.add_argument("--python", action="store_true", help="the Python client")
    parser.add_argument("--typescript", action="store_true", help="the TypeScript client")
    parser.add_argument("--go", action="store_true", help="the Go client")
    parser.add_argument("--verbose", action="store_true", help="report each method, model and file")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, and fail if the files are not up to date",
    )


def read_generate_options(values: dict[str, object]) -> GenerateOptions:
    """Returns the options that a parser with :func:`add_generate_options` has read."""
    return GenerateOptions(
        output=str(values["output"]),
        languages=[each for each in LANGUAGES if values["all"] or values[each]],
        verbose=bool(values["verbose"]),
        check=bool(values["check"]),
    )


def registry_contract(registry: Registry) -> str:
    """Returns the contract of the registered methods as JSON.

    Raises:
        GenerateError: No method is registered, or a method cannot be expressed.
    """
    try:
        contract = build_contract(registry)
    except TypeError as error:
        raise GenerateError(str(error)) from error
    if not contract["methods"]:
        raise GenerateError(
            "no handler found: no imported module registers one. "
            'Decorate an async function with @websocket_rpc("tasks.get_stats")'
        )
    return contract_json(contract)


def generate_clients(registry: Registry, options: GenerateOptions, out: Output) -> None:
    """Writes clients for the registered methods. On failure the folder stays unchanged.

    Args:
        registry: The methods.
        options: What to generate and where.
        out: Receives the generator's output, warnings included.

    Raises:
        GenerateError: No language is chosen, no method is registered, a method cannot be
            expressed, Node.js or the generator is missing, the generator fails, or with
            ``check`` the files differ.
    """
    if not options.languages:
        raise GenerateError("no language chosen: use --all, or any of --python, --typescript, --go")
    contract = registry_contract(registry)
    # "-": read the contract from the standard input.
    command = [_find_generator(), "generate_centrifugo_clients", "-", "--output", options.output]
    command += [f"--{language}" for language in options.languages]
    command += ["--verbose"] if options.verbose else []
    command += ["--check"] if options.check else []
    ended = subprocess.run(command, input=contract, capture_output=True, encoding="utf-8")
    if ended.stdout:
        out.write(ended.stdout)
    if ended.returncode != 0:
        raise GenerateError(
            ended.stderr.strip() or f"the generator failed with exit code {ended.returncode}"
        )
    if ended.stderr:  # its warnings
        out.write(ended.stderr)


def _find_generator() -> str:
    """The command of the generator: of the project, or of the machine.

    Never of npx, which would run whatever package has the name in the registry.
    """
    _check_node()
    here = Path.cwd()
    for folder in (here, *here.parents):
        installed = shutil.which("centrifugo-rpc", path=str(folder / "node_modules" / ".bin"))
        if installed is not None:
            return installed
    installed = shutil.which("centrifugo-rpc")
    if installed is None:
        raise GenerateError(f"the generator centrifugo-rpc is not installed: {INSTALL}")
    return installed


def _check_node() -> None:
    node = shutil.which("node")
    if node is None:
        raise GenerateError(f"the generator needs Node.js, which is not on the PATH: {INSTALL}")
    shown = subprocess.run([node, "--version"], capture_output=True, encoding="utf-8").stdout
    major = re.match(r"v(\d+)\.", shown)
    if major is None or int(major[1]) < _OLDEST_NODE:
        raise GenerateError(
            f"Node.js {shown.strip() or 'of an unknown version'} is too old: {INSTALL}"
        )
