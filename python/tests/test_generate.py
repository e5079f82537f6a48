"""``python -m centrifugo_rpc``, and how it finds and runs the generator."""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc
from centrifugo_rpc.__main__ import main
from centrifugo_rpc.generate import INSTALL, GenerateError, GenerateOptions, generate_clients

REPOSITORY = Path(__file__).parents[2]

HANDLERS = """
from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc
from pydantic import BaseModel

registry = Registry()
empty = Registry()

class Params(BaseModel):
    user_id: str

class Result(BaseModel):
    total: int

@websocket_rpc("tasks.get_stats", registry=registry)
async def get_stats(conn: ConnectionContext, params: Params) -> Result:
    return Result(total=3)
"""

# Tells how it was called, and what came through its standard input.
SPY = """#!/bin/sh
echo "called $0 $*" | sed "s|$PWD|.|"
cat > contract.json
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project with handlers, in which the command runs. Only node itself is on the path."""
    (tmp_path / "app_handlers.py").write_text(HANDLERS)
    script(tmp_path / "bin/node", "#!/bin/sh\necho v22.1.0\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr(shutil, "which", only_below(tmp_path))
    yield tmp_path
    sys.modules.pop("app_handlers", None)


def only_below(folder: Path) -> Callable[..., str | None]:
    """``shutil.which`` that does not see what this machine has installed."""
    original = shutil.which

    def which(command: str, path: str | None = None) -> str | None:
        found = original(command, path=path)
        return found if found is not None and Path(found).is_relative_to(folder) else None

    return which


def script(path: Path, text: str = SPY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def run(*arguments: str) -> int:
    return main(["generate_centrifugo_clients", *arguments])


GENERATE = ("app_handlers:registry", "--output", "clients", "--all")


class TestOptions:
    def test_go_to_the_generator_with_the_contract(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script(project / "node_modules/.bin/centrifugo-rpc")
        options = ["--output", "clients", "--python", "--go", "--verbose", "--check"]
        assert run("app_handlers:registry", *options) == 0
        assert capsys.readouterr().out == (
            "called ./node_modules/.bin/centrifugo-rpc generate_centrifugo_clients - "
            "--output clients --python --go --verbose --check\n"
        )
        contract = json.loads((project / "contract.json").read_text())
        assert [method["name"] for method in contract["methods"]] == ["tasks.get_stats"]

    def test_all_means_all_languages(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script(project / "node_modules/.bin/centrifugo-rpc")
        assert run(*GENERATE) == 0
        assert capsys.readouterr().out.endswith("--output clients --python --typescript --go\n")

    def test_without_a_language_name_the_options(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run("app_handlers:registry", "--output", "clients") == 1
        assert "no language chosen: use --all" in capsys.readouterr().err

    def test_without_an_output_name_the_option(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            run("app_handlers:registry", "--all")
        assert ended.value.code == 2
        assert "--output" in capsys.readouterr().err


class TestTheGenerator:
    def test_of_a_folder_above_is_found(
        self, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        installed = script(project / "node_modules/.bin/centrifugo-rpc")
        (project / "backend/app").mkdir(parents=True)
        monkeypatch.chdir(project / "backend/app")
        assert run(*GENERATE) == 0
        assert capsys.readouterr().out.startswith(f"called {installed} ")

    def test_of_the_project_wins_over_that_of_the_machine(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script(project / "node_modules/.bin/centrifugo-rpc")
        script(project / "bin/centrifugo-rpc")
        assert run(*GENERATE) == 0
        assert capsys.readouterr().out.startswith("called ./node_modules/")

    def test_of_the_machine_is_found(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script(project / "bin/centrifugo-rpc")
        assert run(*GENERATE) == 0
        assert capsys.readouterr().out.startswith("called ./bin/centrifugo-rpc ")

    def test_that_is_not_installed_is_never_fetched(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for command in ("npx", "npm", "pnpm", "yarn", "bunx"):
            script(project / "bin" / command)
        assert run(*GENERATE) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("the generator centrifugo-rpc is not installed: ")
        assert "npm install centrifugo-rpc, or from a checkout npm install " in captured.err
        assert not (project / "contract.json").exists()

    def test_has_the_version_that_the_message_names(self) -> None:
        version = json.loads((REPOSITORY / "package.json").read_text())["version"]
        assert f"centrifugo-rpc-{version}.tgz" in INSTALL

    def test_reports_why_it_failed(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        failing = "#!/bin/sh\necho 'stale   a.py'\necho 'not up to date' >&2\nexit 3\n"
        script(project / "node_modules/.bin/centrifugo-rpc", failing)
        assert run(*GENERATE) == 1
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("stale   a.py\n", "not up to date\n")

    def test_shows_its_warnings(self, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
        warning = "#!/bin/sh\necho 'warning: better name it' >&2\n"
        script(project / "node_modules/.bin/centrifugo-rpc", warning)
        assert run(*GENERATE) == 0
        assert capsys.readouterr().out == "warning: better name it\n"


class TestNode:
    def test_that_is_missing_has_a_message_with_the_installation(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script(project / "node_modules/.bin/centrifugo-rpc")
        (project / "bin/node").unlink()
        assert run(*GENERATE) == 1
        assert capsys.readouterr().err == (
            f"the generator needs Node.js, which is not on the PATH: {INSTALL}\n"
        )

    def test_that_is_old_is_refused(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        script(project / "node_modules/.bin/centrifugo-rpc")
        script(project / "bin/node", "#!/bin/sh\necho v18.20.4\n")
        assert run(*GENERATE) == 1
        assert "Node.js v18.20.4 is too old" in capsys.readouterr().err


class TestHandlers:
    def test_that_are_missing_are_an_error_before_node_is_searched(
        self, project: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (project / "bin/node").unlink()
        assert run("app_handlers:empty", "--output", "clients", "--all") == 1
        assert "no handler found" in capsys.readouterr().err

    def test_that_cannot_be_expressed_are_an_error_before_node_is_searched(
        self, project: Path
    ) -> None:
        (project / "bin/node").unlink()
        registry = Registry()

        class Picture(BaseModel):
            size: complex

        @websocket_rpc("pictures.get", registry=registry)
        async def get(conn: ConnectionContext, params: Picture) -> None: ...

        options = GenerateOptions(output="clients", languages=["go"])
        with pytest.raises(GenerateError, match=r"pictures\.get"):
            generate_clients(registry, options, io.StringIO())

    @pytest.mark.parametrize(
        ("module", "problem"),
        [
            ("nowhere", "module nowhere not found"),
            ("nowhere.handlers", "module nowhere.handlers not found"),
            ("src/handlers.py", "src/handlers.py is not a module"),
            ("app_handlers:missing", "app_handlers has no registry named missing"),
            ("app_handlers:Params", "app_handlers has no registry named Params"),
        ],
    )
    def test_are_named_as_in_an_import(
        self, module: str, problem: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert run(module, "--output", "clients", "--all") == 1
        assert problem in capsys.readouterr().err

    def test_that_lack_a_package_fail_with_its_name(self, project: Path) -> None:
        (project / "app_broken.py").write_text("import a_package_that_is_not_there\n")
        with pytest.raises(ModuleNotFoundError, match="a_package_that_is_not_there"):
            run("app_broken", "--output", "clients", "--all")

    def test_are_printed_as_a_contract(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["contract", "app_handlers:registry"]) == 0
        contract = json.loads(capsys.readouterr().out)
        assert contract["contract"] == 1
        assert contract["methods"][0]["name"] == "tasks.get_stats"


def test_the_one_generator_writes_the_clients_and_leaves_them_on_failure(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.chdir(project)
    monkeypatch.setattr(sys, "path", [str(project), *sys.path])
    tsx = (REPOSITORY / "node_modules/tsx/dist/loader.mjs").as_uri()
    node = f"node --conditions centrifugo-rpc-source --import {tsx}"
    command = f'#!/bin/sh\nexec {node} {REPOSITORY / "src/cli/main.ts"} "$@"\n'
    script(project / "node_modules/.bin/centrifugo-rpc", command)

    assert run(*GENERATE) == 0
    assert sorted(os.listdir(project / "clients")) == ["go", "python", "typescript"]
    client = project / "clients/python/api_client/client.py"
    written = client.read_text()
    assert "async def tasks_get_stats(" in written

    assert run(*GENERATE, "--check") == 0
    (project / "clients/go/client.go").write_text("changed")
    assert run(*GENERATE, "--check") == 1
    assert run("app_handlers:empty", "--output", "clients", "--all") == 1
    assert client.read_text() == written
    assert (project / "clients/go/client.go").read_text() == "changed"
