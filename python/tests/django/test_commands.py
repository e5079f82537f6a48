"""The commands of ``manage.py``."""

import io
import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from centrifugo_rpc import Registry
from centrifugo_rpc.django.management.commands import (
    centrifugo_contract,
    generate_centrifugo_clients,
)


def run(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.fixture
def generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A generator that tells how it was called."""
    program = tmp_path / "node_modules/.bin/centrifugo-rpc"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "called $*"\ncat > contract.json\n')
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    return program


def test_the_clients_of_the_apps_handlers_are_generated(generator: Path) -> None:
    printed = run("generate_centrifugo_clients", "--output", "clients", "--all", "--verbose")
    assert printed == (
        "called generate_centrifugo_clients - --output clients "
        "--python --typescript --go --verbose\n"
    )
    contract = json.loads(Path("contract.json").read_text())
    assert "sample.echo" in [method["name"] for method in contract["methods"]]


def test_errors_of_the_generator_are_errors(generator: Path) -> None:
    generator.write_text("#!/bin/sh\necho 'not up to date' >&2\nexit 1\n")
    with pytest.raises(CommandError, match=r"^not up to date$"):
        run("generate_centrifugo_clients", "--output", "clients", "--go", "--check")


def test_without_a_language_name_the_options() -> None:
    with pytest.raises(CommandError, match="no language chosen: use --all"):
        run("generate_centrifugo_clients", "--output", "clients")


def test_without_an_output_name_the_option() -> None:
    with pytest.raises(CommandError, match="--output"):
        run("generate_centrifugo_clients", "--all")


def test_without_node_name_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def which(command: str, path: str | None = None) -> None: ...

    monkeypatch.setattr(shutil, "which", which)
    with pytest.raises(CommandError, match=r"install Node\.js 20 or newer"):
        run("generate_centrifugo_clients", "--output", "clients", "--all")


def test_without_a_handler_show_how_to_register_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for command in (generate_centrifugo_clients, centrifugo_contract):
        monkeypatch.setattr(command, "default_registry", Registry)
    with pytest.raises(CommandError, match="no handler found"):
        run("generate_centrifugo_clients", "--output", "clients", "--all")
    with pytest.raises(CommandError, match="no handler found"):
        run("centrifugo_contract")


def test_the_contract_is_printed() -> None:
    contract = json.loads(run("centrifugo_contract"))
    assert "sample.echo" in [method["name"] for method in contract["methods"]]


def test_the_commands_need_no_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(CENTRIFUGO_RPC={"wrapper_url": "nonsense"}):
        # As the command line does it: with the checks that the command wants.
        centrifugo_contract.Command().run_from_argv(["manage.py", "centrifugo_contract"])
    assert json.loads(capsys.readouterr().out)["contract"] == 1
