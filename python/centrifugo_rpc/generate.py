"""Generates the clients from Python, with the one generator: the command ``centrifugo-rpc``."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .contract import build_contract, contract_json
from .handlers.registry import Registry

LANGUAGES = ("python", "typescript", "go")

# The version of npm's package that belongs to this one: the newest 0.1.x.
_GENERATOR = "0.1"
_OLDEST_NODE = 20

_INSTALL = "install Node.js 20 or newer, and then the generator: npm install centrifugo-rpc"


class GenerateError(Exception):
    """The clients cannot be generated: the message says why and what to do."""


class Output(Protocol):
    """Where lines are written: a text file, or what a Django command has."""

    def write(self, msg: str, /) -> object:
        """Writes a text."""
        ...


@dataclass(frozen=True)
class GenerateOptions:
    """What to generate and where.

    Attributes:
        output: The folder to write to. Each language gets a folder in it.
        languages: Any of :data:`LANGUAGES`.
        verbose: Tell each method, model and file.
        check: Write nothing, and fail when the files are not what would be written.
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
    parser.add_argument("--verbose", action="store_true", help="tell each method, model and file")
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, and fail when the files are not what would be written",
    )


def read_generate_options(values: dict[str, object]) -> GenerateOptions:
    """Reads what a parser with :func:`add_generate_options` has read."""
    return GenerateOptions(
        output=str(values["output"]),
        languages=[each for each in LANGUAGES if values["all"] or values[each]],
        verbose=bool(values["verbose"]),
        check=bool(values["check"]),
    )


def registry_contract(registry: Registry) -> str:
    """The contract of the registered methods, as JSON.

    Raises:
        GenerateError: When there is no method, or one cannot be expressed.
    """
    try:
        contract = build_contract(registry)
    except TypeError as error:
        raise GenerateError(str(error)) from error
    if not contract["methods"]:
        raise GenerateError(
            "no handler found: nothing that was imported registers one. "
            'Decorate an async function with @websocket_rpc("tasks.get_stats")'
        )
    return contract_json(contract)


def generate_clients(registry: Registry, options: GenerateOptions, out: Output) -> None:
    """Writes clients of the registered methods. On failure the folder stays as it was.

    Args:
        registry: The methods.
        options: What to generate and where.
        out: Where the generator's lines go, warnings included.

    Raises:
        GenerateError: No language is chosen, there is no method, one cannot be expressed, Node.js
            or the generator is missing, the generator failed, or with ``check`` the files differ.
    """
    if not options.languages:
        raise GenerateError(
            "no language chosen: give --all, or any of --python, --typescript, --go"
        )
    contract = registry_contract(registry)
    # "-": the contract comes through the standard input.
    command = [*_find_generator(), "generate_centrifugo_clients", "-", "--output", options.output]
    command += [f"--{language}" for language in options.languages]
    command += ["--verbose"] if options.verbose else []
    command += ["--check"] if options.check else []
    ended = subprocess.run(command, input=contract, capture_output=True, encoding="utf-8")
    if ended.stdout:
        out.write(ended.stdout)
    if ended.returncode != 0:
        raise GenerateError(ended.stderr.strip() or f"the generator ended with {ended.returncode}")
    if ended.stderr:  # its warnings
        out.write(ended.stderr)


def _find_generator() -> list[str]:
    """The command of the generator: the project's, else the machine's, else one from npm."""
    _check_node()
    here = Path.cwd()
    for folder in (here, *here.parents):
        installed = shutil.which("centrifugo-rpc", path=str(folder / "node_modules" / ".bin"))
        if installed is not None:
            return [installed]
    installed = shutil.which("centrifugo-rpc")
    if installed is not None:
        return [installed]
    npx = shutil.which("npx")
    if npx is None:
        raise GenerateError(f"the generator centrifugo-rpc is not installed: {_INSTALL}")
    return [npx, "--yes", f"centrifugo-rpc@{_GENERATOR}"]


def _check_node() -> None:
    node = shutil.which("node")
    if node is None:
        raise GenerateError(f"the generator needs Node.js, which is not on the PATH: {_INSTALL}")
    shown = subprocess.run([node, "--version"], capture_output=True, encoding="utf-8").stdout
    major = re.match(r"v(\d+)\.", shown)
    if major is None or int(major[1]) < _OLDEST_NODE:
        raise GenerateError(f"Node.js is {shown.strip() or 'broken'}, which is too old: {_INSTALL}")
