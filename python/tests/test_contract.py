from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import BaseModel, Field, computed_field

from centrifugo_rpc import (
    ConnectionContext,
    DeclaredError,
    Example,
    Registry,
    build_contract,
    contract_json,
    websocket_rpc,
)


class Row(BaseModel):
    numbers: list[int]
    note: str = Field(default="", alias="aNote")


class Data(BaseModel):
    data: bytes


class NotFound(DeclaredError[None], code=1001):
    pass


def register(registry: Registry, name: str, **options: Any) -> None:
    @websocket_rpc(name, registry=registry, **options)
    async def handler(conn: ConnectionContext, params: Row) -> Row:
        raise NotImplementedError


def test_methods_are_sorted_by_name_and_the_text_ends_with_a_line_feed() -> None:
    registry = Registry()
    register(registry, "b.second")
    register(registry, "a.first", description="Ü")
    text = contract_json(build_contract(registry))
    assert [method["name"] for method in json.loads(text)["methods"]] == ["a.first", "b.second"]
    assert '"description": "Ü"' in text
    assert text.endswith("}\n")


def test_a_registry_without_methods_has_a_contract() -> None:
    assert contract_json(build_contract(Registry())) == '{\n  "contract": 1,\n  "methods": []\n}\n'


def test_examples_are_in_the_form_of_the_wire() -> None:
    registry = Registry()
    row = Row(numbers=[1], aNote="x")
    examples = [
        Example(params={"numbers": [1]}, result={"numbers": []}, description="One."),
        Example(params=Row(numbers=[2]), result=row),
    ]
    register(registry, "a", examples=examples)
    (method,) = build_contract(registry)["methods"]
    assert method.get("examples") == [
        {
            "description": "One.",
            "params": {"numbers": [1]},
            "result": {"numbers": [], "aNote": ""},
        },
        {"params": {"numbers": [2]}, "result": {"numbers": [1], "aNote": "x"}},
    ]


def test_all_problems_are_reported_at_once() -> None:
    registry = Registry()
    wrong = Example(params={"numbers": [1, "2"]}, result={"numbers": "x"})
    register(registry, "a", examples=[Example(), wrong], errors=[NotFound])

    @websocket_rpc("b", registry=registry, examples=[Example(params={}, result=1)])
    async def without(conn: ConnectionContext) -> None:
        raise NotImplementedError

    @websocket_rpc("c", registry=registry)
    async def with_bytes(conn: ConnectionContext, params: Data) -> Data:
        raise NotImplementedError

    with pytest.raises(TypeError) as caught:
        build_contract(registry)
    assert str(caught.value).splitlines() == [
        "these methods cannot be expressed in JSON:",
        "- c params.data: bytes cannot be represented in JSON",
        "- c result.data: bytes cannot be represented in JSON",
        "Fix: for bytes use Base64 of centrifugo_rpc, for others a type with a JSON Schema "
        "(pydantic.WithJsonSchema)",
        "the contract is wrong:",
        "- a example 2 params.numbers.1: Input should be a valid integer",
        "- a example 2 result.numbers: Input should be a valid list",
        "- b example 1 params: the method has none",
        "- b example 1 result: the method has none",
    ]


def of_the_same_code() -> type[DeclaredError[None]]:
    class Missing(DeclaredError[None], code=1001):
        pass

    return Missing


def of_the_same_name() -> type[DeclaredError[None]]:
    class NotFound(DeclaredError[None], code=1002):
        pass

    return NotFound


def with_other_details() -> type[DeclaredError[Row]]:
    class NotFound(DeclaredError[Row], code=1001):
        pass

    return NotFound


@pytest.mark.parametrize("second", [of_the_same_code, of_the_same_name, with_other_details])
def test_two_errors_of_one_name_or_code_are_refused(second: Any) -> None:
    registry = Registry()
    error = second()
    register(registry, "a", errors=[NotFound])
    register(registry, "b", errors=[error])
    with pytest.raises(TypeError) as caught:
        build_contract(registry)
    assert str(caught.value).splitlines()[1] == (
        f"- error {error.__name__} ({error.code}) of b differs from the error NotFound (1001) "
        f"of a: define it once, or give it another name and code"
    )


def test_equal_errors_of_two_classes_are_accepted() -> None:
    def again() -> type[DeclaredError[None]]:
        class NotFound(DeclaredError[None], code=1001):
            pass

        return NotFound

    registry = Registry()
    register(registry, "a", errors=[NotFound])
    register(registry, "b", errors=[again()])
    assert len(build_contract(registry)["methods"]) == 2


def test_two_models_of_one_name_are_refused() -> None:
    def other() -> type[BaseModel]:
        class Row(BaseModel):
            numbers: list[int]

        return Row

    registry = Registry()
    register(registry, "a")
    second = other()

    async def handler(conn: ConnectionContext, params: BaseModel) -> None:
        raise NotImplementedError

    handler.__annotations__["params"] = second
    websocket_rpc("b", registry=registry)(handler)
    with pytest.raises(TypeError) as caught:
        build_contract(registry)
    assert str(caught.value).splitlines()[1:] == [
        f"- b params: two models are called Row: {__name__}.Row and "
        f"{__name__}.{second.__qualname__}: rename one of them"
    ]


class Counted(BaseModel):
    names: list[str] = Field(serialization_alias="all_names")

    @computed_field  # type: ignore[prop-decorator]
    @property
    def count(self) -> int:
        return len(self.names)


def test_a_model_has_one_name_and_its_form_in_params_and_in_results() -> None:
    registry = Registry()

    @websocket_rpc("a", registry=registry)
    async def a(conn: ConnectionContext, params: Counted) -> Counted:
        return params

    [method] = build_contract(registry)["methods"]

    def fields_of(schema: Any) -> list[str]:
        return list(schema["$defs"]["Counted"]["properties"])

    assert fields_of(method.get("params")) == ["names"]
    assert fields_of(method.get("result")) == ["all_names", "count"]
