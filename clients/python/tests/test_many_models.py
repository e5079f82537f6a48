"""Models that refer to each other, in contracts with hundreds of them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import create_model

from centrifugo_rpc_client.errors import RPCError
from centrifugo_rpc_client.models import (
    LargeModel,
    Omittable,  # noqa: F401 - used in the text of an annotation
    RPCModel,
)
from centrifugo_rpc_client.typed_calls import decode, encode
from centrifugo_rpc_client.wire_types import Int

from .decoding import issues


class Sooner(RPCModel):
    later: list[Later]


class Later(RPCModel):
    x: Int


class Ring(LargeModel):
    value: Int


def make_ring(size: int) -> list[type[Any]]:
    for number in range(size):
        following: Any = f"Omittable[Ring{(number + 1) % size}]"
        name = f"Ring{number}"
        globals()[name] = create_model(
            name, __base__=Ring, __module__=__name__, next=(following, None)
        )
    return [globals()[f"Ring{number}"] for number in range(size)]


RING = make_ring(24)
"""Large models that refer to each other."""


def ring(size: int) -> Any:
    data: dict[str, Any] = {"value": size}
    for value in reversed(range(size)):
        data = {"next": data, "value": value}
    return data


@pytest.mark.parametrize("size", [1, 24, 250])
def test_a_value_of_many_models(size: int) -> None:
    assert encode(decode(RING[0], ring(size))) == ring(size)


def test_a_mismatch_has_its_whole_path() -> None:
    data: Any = {"value": "x"}
    for value in range(15):
        data = {"next": data, "value": value}
    assert issues(RING[0], data)[0]["path"] == ["next"] * 15 + ["value"]


def test_values_of_other_models_are_rejected() -> None:
    def outer(inner: Any, kind: int) -> Any:
        for model in reversed(RING[:kind]):
            inner = model.model_construct(value=1, next=inner)
        return inner

    inner = RING[15].model_construct(value=2)
    assert encode(outer(inner, 15))["next"]["next"] == encode(outer(inner, 15).next.next)
    with pytest.raises(RPCError, match="Expected `Ring10`"):
        encode(outer("text", 10))


@pytest.mark.parametrize("size", [600, 100_000])
def test_a_value_that_is_nested_too_deeply(size: int) -> None:
    assert issues(RING[0], ring(size)) == [{"path": [], "message": "Input is nested too deeply"}]


def test_local_names_of_the_caller_do_not_affect_a_model() -> None:
    Later: Any = None  # noqa: N806 - the name is the point
    assert Sooner(later=[{"x": 1}]).later[0].x == 1  # type: ignore[list-item]
    assert Later is None


def test_the_json_schema_ends_at_a_large_model() -> None:
    following = RING[0].model_json_schema()["properties"]["next"]["anyOf"][0]
    assert following == {"type": "object", "title": "Ring1"}
