"""What one message can cost: the number of values, of issues, and of attempts at a union."""

from __future__ import annotations

import logging
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, RootModel, create_model

from centrifugo_rpc import Base64, ConnectionContext, Registry, RPCError, websocket_rpc
from centrifugo_rpc.contract import build_contract
from centrifugo_rpc.handlers.router import Router, encode_error
from centrifugo_rpc.testing import connection_context
from centrifugo_rpc.wire.encoding import EncodingError, encode_model

log = logging.getLogger("test")


class Item(BaseModel):
    id: int
    name: str


class Items(BaseModel):
    items: list[Item] | dict[str, Item]


class Node(BaseModel):
    """Recursive, so that errors can have long paths."""

    next: Node | None = None
    items: list[Item] = []


class Plus(BaseModel):
    """With Minus, a union of which each level is tried twice."""

    left: Plus | Minus | None = None
    plus: Literal[True] = True


class Minus(BaseModel):
    left: Plus | Minus | None = None
    minus: Literal[True] = True


class Add(BaseModel):
    kind: Literal["add"] = "add"
    inner: Expression


class Value(BaseModel):
    kind: Literal["value"] = "value"
    inner: Expression | None = None


Expression = RootModel[Annotated[Add | Value, Field(discriminator="kind")]]
Add.model_rebuild()
Value.model_rebuild()

Wide: Any = create_model("Wide", **dict.fromkeys([f"field{i}" for i in range(30)], (int, ...)))  # type: ignore[call-overload]


async def outcome(model: type[BaseModel], params: Any, **options: Any) -> RPCError | None:
    registry = Registry()

    async def handler(conn: ConnectionContext, params: Any) -> None: ...

    handler.__annotations__["params"] = model
    websocket_rpc("test", registry=registry, **options)(handler)
    try:
        await Router(registry).call(connection_context(method="test"), params)
    except RPCError as error:
        return error
    return None


def nested(levels: int, key: str, value: Any, **others: str) -> Any:
    for _ in range(levels):
        value = {**others, key: value}
    return value


async def test_params_with_too_many_values_are_refused_before_they_are_validated() -> None:
    assert await outcome(RootModel[list[int]], [1] * 9_999) is None
    hostile: list[Any] = [[1] * 10_000, {"items": [{}] * 300_000}]
    for params in hostile:
        error = await outcome(RootModel[list[int]], params)
        assert error is not None
        assert error.code == 413
        assert error.message == "test: the params have more than 10000 JSON values"


async def test_a_method_can_have_its_own_limit() -> None:
    params = {"items": [{"id": 1, "name": "a"}]}
    assert await outcome(Items, params, max_params_nodes=5) is None
    error = await outcome(Items, params, max_params_nodes=4)
    assert error is not None
    assert error.message == "test: the params have more than 4 JSON values"


@pytest.mark.parametrize("limit", [0, -1, 1.5, True, "many"])
async def test_the_limit_must_be_a_positive_whole_number(limit: Any) -> None:
    with pytest.raises(TypeError, match=r"max_params_nodes is .*: use a whole number of 1 or more"):
        await outcome(Items, {}, max_params_nodes=limit)


async def test_commas_and_brackets_in_texts_are_not_values() -> None:
    assert await outcome(RootModel[list[str]], [",[{" * 100], max_params_nodes=2) is None


async def test_at_most_twenty_issues_are_listed_and_the_others_counted() -> None:
    error = await outcome(Items, {"items": [{"id": 1}] * 50})
    assert error is not None
    details: Any = error.details
    assert [issue["path"] for issue in details["issues"]] == [
        ["items", index, "name"] for index in range(20)
    ]
    assert error.message == "test: items.0.name: Field required (and 49 more)"


HOSTILE: list[Any] = [
    (Items, {"items": [{}] * 9_000}),
    (Items, {"items": [{}] * 90_000}),
    (Items, {"items": {str(index): {} for index in range(90_000)}}),
    (Node, nested(180, "next", {"items": [{}] * 90_000})),
    (RootModel[list[Wide]], [{}] * 90_000),
    (Wide, {"unknown": [[0]] * 40_000}),
    (RootModel[list[int | str | bytes | None]], [True] * 90_000),
    (RootModel[dict[str, list[int]]], {"key" * 100_000: ["a"] * 1000}),
    (RootModel[list[Literal["a"]]], ["b"] * 90_000),
    (RootModel[Annotated[Add | Value, Field(discriminator="kind")]], {"kind": "x" * 900_000}),
]


@pytest.mark.parametrize("limit", [10_000, 100_000])
@pytest.mark.parametrize(("model", "params"), HOSTILE)
async def test_the_error_for_a_hostile_message_is_small(
    model: type[BaseModel], params: Any, limit: int
) -> None:
    error = await outcome(model, params, max_params_nodes=limit)
    assert error is not None
    assert error.code in (400, 413)
    assert len(encode_error(error, log)) < 20_000


@pytest.mark.parametrize("levels", [20, 100, 190])
async def test_unions_that_are_tried_too_often_are_refused(levels: int) -> None:
    error = await outcome(RootModel[Plus | Minus], nested(levels, "left", {}))
    assert error is not None
    assert error.message.startswith("test: the params take too long to check")


@pytest.mark.parametrize(
    ("model", "params"),
    [
        (RootModel[Plus | Minus], nested(10, "left", {})),
        (RootModel[list[Plus | Minus]], [{"plus": True}] * 4_999),
        (Expression, nested(150, "inner", {"kind": "value"}, kind="add")),
        (RootModel[list[Expression]], [{"kind": "value"}] * 4_999),
        (Items, {"items": [{"id": index, "name": "a"} for index in range(3_300)]}),
        (RootModel[list[tuple[int, str, float | None]]], [[1, "a", None]] * 2_400),
        (RootModel[list[dict[str, Any]]], [{"a": [1, {"b": 2}]}] * 1_900),
        (Node, nested(150, "next", {"items": [{"id": 1, "name": "a"}] * 1000})),
    ],
)
async def test_ordinary_params_are_accepted(model: type[BaseModel], params: Any) -> None:
    assert await outcome(model, params) is None


def test_the_issues_of_a_result_are_limited_too() -> None:
    with pytest.raises(EncodingError, match=r"Input has too many problems to list them \(and") as e:
        encode_model("result", RootModel[list[int]], ["a"] * 50_000)
    assert len(e.value.issues) == 1


class Attachment(BaseModel):
    content: Base64
    owner: Attachment | None = None


class JsonValue(RootModel["int | str | list[JsonValue] | dict[str, JsonValue]"]): ...


@pytest.mark.parametrize(
    ("model", "union"),
    [
        (RootModel[Plus | Minus], "Plus | Minus"),
        (Expression, None),
        (JsonValue, None),
        (Attachment, None),
        (Node, None),
    ],
)
def test_registration_warns_of_unions_that_take_exponential_time(
    model: type[BaseModel], union: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    registry = Registry()

    async def handler(conn: ConnectionContext, params: Any) -> None: ...

    handler.__annotations__["params"] = model
    websocket_rpc("test", registry=registry)(handler)
    build_contract(registry)
    warned = [record.getMessage() for record in caplog.records]
    assert len(warned) == (0 if union is None else 1)
    assert all(f"recursive union {union}, which has no discriminator" in text for text in warned)
