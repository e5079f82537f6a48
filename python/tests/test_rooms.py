"""The package's folders are rooms: small, and without import cycles."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from importlib.util import resolve_name
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "centrifugo_rpc"
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path
    for path in PACKAGE.rglob("*.py")
}


def imports_of(module: str) -> Iterator[str]:
    """The modules of the package that a module imports, also inside functions and for types."""
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package)
            for name in (base, *(f"{base}.{alias.name}" for alias in node.names)):
                if name in MODULES:
                    yield name


def room_of(module: str) -> str:
    return module.split(".")[1]


IMPORTS = {module: set(imports_of(module)) for module in MODULES if not module.endswith("__init__")}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert "centrifugo_rpc.wire.issues" in IMPORTS["centrifugo_rpc.handlers.router"]
    TopologicalSorter(IMPORTS).prepare()


def test_no_rooms_import_each_other_in_a_circle() -> None:
    rooms: dict[str, set[str]] = {}
    for module, imported in IMPORTS.items():
        others = {room_of(name) for name in imported} - {room_of(module)}
        rooms.setdefault(room_of(module), set()).update(others)
    assert "wire" in rooms["schema"]
    TopologicalSorter(rooms).prepare()


def test_no_room_has_more_than_fifteen_modules() -> None:
    for folder in {path.parent for path in MODULES.values()}:
        modules = [path.name for path in folder.glob("*.py") if path.name != "__init__.py"]
        assert len(modules) <= 15, f"{folder}: {modules}"
