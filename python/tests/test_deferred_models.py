"""Models with names that are defined later, next to local variables of other functions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from centrifugo_rpc import Registry, build_contract, websocket_rpc
from centrifugo_rpc.handlers.router import Router
from centrifugo_rpc.testing import connection_context

# The names are those of variables in the functions that may meet the model first.
MODULE = """
from __future__ import annotations
from pydantic import BaseModel
from centrifugo_rpc import ConnectionContext

class Outer(BaseModel):
    {fields}

{classes}

class T(BaseModel):
    text: str = "of the module"

async def handler(conn: ConnectionContext, params: Outer) -> Outer:
    return params

async def small(conn: ConnectionContext) -> T:
    return T()
"""

NAMES = [
    *("around", "error", "frame", "generator", "handler_", "instance", "io", "json"),
    *("method", "model", "mode", "names", "outcome", "params", "sent", "serializer", "what"),
    *("checks", "limit", "steps", "value", "result", "self", "conn", "run", "valid_params"),
]


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    fields = "\n    ".join(f"{name}_field: {name} | None = None" for name in NAMES)
    classes = "\n".join(f"class {name}(BaseModel):\n    x: int" for name in NAMES)
    path = tmp_path / "deferred_models.py"
    path.write_text(MODULE.format(fields=fields, classes=classes))
    monkeypatch.syspath_prepend(tmp_path)  # pyright: ignore[reportUnknownMemberType]
    __import__("deferred_models")
    yield sys.modules["deferred_models"]
    del sys.modules["deferred_models"]


SENT = {f"{name}_field": {"x": 1} for name in NAMES}


@pytest.mark.parametrize("first", ["contract", "call"])
async def test_names_mean_what_they_mean_in_the_module(models: Any, first: str) -> None:
    registry = Registry()
    websocket_rpc("outer", registry=registry)(models.handler)
    if first == "contract":
        [method] = build_contract(registry)["methods"]
        schema: Any = method.get("params")
        assert sorted(schema["$defs"]) == sorted({"Outer", *NAMES})
    result = await Router(registry).call(connection_context(method="outer"), SENT)
    assert result.value == models.Outer.model_validate(SENT)
    assert type(result.value.json_field) is models.json  # type: ignore[union-attr]


async def test_results_are_encoded_with_the_names_of_the_module(models: Any) -> None:
    registry = Registry()

    async def handler(conn: Any) -> Any:
        return SENT

    handler.__annotations__.update(conn=models.ConnectionContext)
    handler.__annotations__["return"] = models.Outer
    websocket_rpc("outer", registry=registry)(handler)
    result = await Router(registry).call(connection_context(method="outer"), None)
    assert type(result.value.names_field) is models.names  # type: ignore[union-attr]


async def test_hints_mean_what_they_mean_in_the_module(models: Any) -> None:
    registry = Registry()
    T = int  # noqa: N806 - a variable of whoever registers the handler
    assert T(1) == 1
    websocket_rpc("small", registry=registry)(models.small)
    method = registry.get("small")
    assert method is not None
    assert method.result is models.T
