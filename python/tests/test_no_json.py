from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from enum import Enum
from typing import Annotated, Any, Generic, Literal, TypeVar

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    Base64UrlBytes,
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    PlainSerializer,
    RootModel,
    model_serializer,
)

from centrifugo_rpc.schema.json_schema import NoJsonError, json_schema

Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    items: list[Item]


def properties(model: type[BaseModel], io: Any = "input") -> Any:
    schema: Any = json_schema(model, io)
    return schema["$defs"][model.__name__]["properties"]


def refused(model: type[BaseModel], io: Any = "input") -> list[str]:
    with pytest.raises(NoJsonError) as caught:
        json_schema(model, io)
    return [f"{part.path} {part.what}".strip() for part in caught.value.parts]


class Own:
    pass


class NoJsonParams(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    data: bytes
    call: Callable[[int], int]
    number: complex
    own: Own
    either: int | Callable[[], int]
    files: list[dict[str, bytes]]
    pair: tuple[int, bytes]
    default: int = Field(default=object())  # type: ignore[assignment]
    again: NoJsonParams | None = None
    inner: Page[bytes] | None = None


def test_every_part_that_json_cannot_represent_is_named_with_its_place() -> None:
    assert refused(NoJsonParams) == [
        ".data bytes",
        ".call a callable",
        ".number complex",
        ".own Own",
        ".either a callable",
        ".files[].* bytes",
        ".pair[1] bytes",
        ".default its default, which is of object",
        ".inner.items[] bytes",
    ]


class Lengths(Enum):
    LONG = (1, 2)


class Unlike(BaseModel):
    """What Pydantic would send or take in another form than its schema says."""

    local: NaiveDatetime
    lazy: Iterable[int]
    padded: Base64UrlBytes
    raw: Literal[b"x"]
    pair: Lengths
    total: int = None  # type: ignore[assignment]
    items: list[Page[int]] = None  # type: ignore[assignment]


def test_parts_that_are_sent_differently_from_their_schema_are_refused() -> None:
    assert refused(Unlike) == [
        ".local a datetime without an offset",
        ".lazy an Iterable (use list)",
        ".padded base64url with padding (use Base64Url of centrifugo_rpc)",
        ".raw the constant b'x'",
        ".pair the constant (1, 2)",
        ".total its default None, which is not of its type,",
        ".items its default None, which is not of its type,",
    ]


class Nullable(RootModel["int | None"]):
    pass


def test_none_is_a_default_if_the_type_accepts_it() -> None:
    class Model(BaseModel):
        anything: Any = None
        nullable: Nullable = Nullable(None)
        optional: Page[int] | None = None
        again: Model | None = None

    assert all(field["default"] is None for field in properties(Model).values())


def test_a_field_that_is_inside_another_one_is_refused_in_params() -> None:
    class Model(BaseModel):
        inner: int = Field(validation_alias=AliasPath("outer", "inner"))
        either: int = Field(validation_alias=AliasChoices(AliasPath("a", "b"), "plain"))

    assert refused(Model) == [".inner a field inside another one (AliasPath)"]
    assert list(properties(Model, "output")) == ["inner", "either"]


def test_the_return_type_of_a_serializer_is_the_schema() -> None:
    def as_text(value: int) -> Any:
        return str(value)

    del as_text.__annotations__["return"]

    class Model(BaseModel):
        unknown: Annotated[int, PlainSerializer(as_text)]

    class Whole(BaseModel):
        number: int

        @model_serializer(mode="wrap")
        def more(self, handler: Any):  # type: ignore[no-untyped-def]
            return {**handler(self), "more": 1}

    outcome = "the outcome of a serializer without a return type"
    assert refused(Model, "output") == [f".unknown {outcome}"]
    assert refused(Whole, "output") == [outcome]
    json_schema(Model, "input")


def test_defaults_that_clients_cannot_read_are_refused() -> None:
    class Limits(BaseModel):
        longest: timedelta = timedelta(days=365)

    class Model(BaseModel):
        limits: Limits = Limits()
        wrong: list[timedelta] = [timedelta(0), timedelta(-1)]
        large: int = 2**53

    assert refused(Model) == [
        ".wrong its default: 1: a negative duration: clients read only durations of zero or more",
        ".large its default: an integer beyond 2^53 - 1 is not exact in JavaScript: give the "
        "field the type Int64 of centrifugo_rpc",
    ]
    assert properties(Limits)["longest"]["default"] == "P365D"
