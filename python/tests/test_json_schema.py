from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import pytest
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    HttpUrl,
    PlainSerializer,
    RootModel,
    SecretStr,
    computed_field,
)
from typing_extensions import NotRequired, TypeAliasType, TypedDict

from centrifugo_rpc.schema.json_schema import json_schema
from centrifugo_rpc.schema.names import ModelNames

# What conformance/contracts compares with Zod is not tested here again.

Item = TypeVar("Item")
Ids = TypeAliasType("Ids", "list[int]")


class Page(BaseModel, Generic[Item]):
    items: list[Item]


class Place(NamedTuple):
    x: int
    y: int


class Options(TypedDict):
    depth: int
    name: NotRequired[str]


@dataclass
class Range:
    """From and to."""

    start: int
    end: int = 0


def properties(model: type[BaseModel], io: Any = "input") -> Any:
    schema: Any = json_schema(model, io)
    return schema["$defs"][model.__name__]["properties"]


def definitions(model: type[BaseModel], io: Any = "input") -> Any:
    schema: Any = json_schema(model, io)
    return schema["$defs"]


def test_types_of_python_without_a_base_model_have_their_names() -> None:
    class Params(BaseModel):
        ids: Ids
        place: Place
        options: Options
        range: Range

    found = definitions(Params, "output")
    assert set(found) == {"Params", "Ids", "Place", "Options", "Range"}
    assert found["Ids"] == {"type": "array", "items": {"type": "integer"}}
    assert found["Place"] == {
        "type": "array",
        "prefixItems": [{"type": "integer"}, {"type": "integer"}],
        "items": False,
        "minItems": 2,
        "maxItems": 2,
    }
    assert found["Options"] == {
        "type": "object",
        "properties": {"depth": {"type": "integer"}, "name": {"type": "string"}},
        "required": ["depth"],
        "additionalProperties": False,
    }
    assert found["Range"] == {
        "type": "object",
        "properties": {"start": {"type": "integer"}, "end": {"type": "integer", "default": 0}},
        "required": ["start", "end"],
        "additionalProperties": False,
        "description": "From and to.",
    }


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Page[int], "PageInt"),
        (Page[list[str]], "PageListStr"),
        (Page[Page[Range]], "PagePageRange"),
        (Page, "Page"),
    ],
)
def test_generic_models_have_names_of_letters(model: type[BaseModel], name: str) -> None:
    schema: Any = json_schema(model, "input")
    assert schema["$ref"] == f"#/$defs/{name}"


def test_a_root_model_without_a_class_is_inline() -> None:
    class Params(BaseModel):
        names: RootModel[list[str]] = Field(description="All of them.")

    assert properties(Params) == {
        "names": {"type": "array", "items": {"type": "string"}, "description": "All of them."}
    }


def test_fields_that_are_only_sent_are_only_in_results() -> None:
    class Model(BaseModel):
        hidden: int = Field(exclude=True)
        seen: Annotated[int, PlainSerializer(str, return_type=str)]
        given: int = Field(validation_alias="in", serialization_alias="out")
        maybe: int = Field(default=0, exclude_if=lambda value: value == 0)

        @computed_field  # type: ignore[prop-decorator]
        @property
        def total(self) -> int:
            """All."""
            return 0

    assert list(properties(Model)) == ["hidden", "seen", "in", "maybe"]
    result = definitions(Model, "output")["Model"]
    assert result["properties"]["seen"] == {"type": "string"}
    assert result["properties"]["total"] == {
        "type": "integer",
        "description": "All.",
        "readOnly": True,
    }
    assert result["required"] == ["seen", "out", "total"]


def test_defaults_are_in_the_form_of_the_wire() -> None:
    class Model(BaseModel):
        names: set[str] = {"b", "a", "cc"}
        none: frozenset[int] = Field(default_factory=frozenset[int])
        of_a_function: list[int] = Field(default_factory=lambda: [1])
        now: datetime = Field(default_factory=datetime.now)

    found = properties(Model)
    assert found["names"]["default"] == ["a", "b", "cc"]
    assert found["none"]["default"] == []
    assert "default" not in found["of_a_function"]
    assert "default" not in found["now"]
    assert "required" not in definitions(Model)["Model"]


def test_secrets_are_marked_as_sensitive() -> None:
    class Params(BaseModel):
        password: SecretStr
        link: HttpUrl

    assert properties(Params)["password"] == {
        "type": "string",
        "format": "password",
        "writeOnly": True,
        "sensitive": True,
    }


def test_titles_are_those_of_the_author() -> None:
    class Params(BaseModel):
        model_config = ConfigDict(title="Params")

        named: int = Field(title="Named")
        unnamed: int

    assert definitions(Params)["Params"]["title"] == "Params"
    assert [field.get("title") for field in properties(Params).values()] == ["Named", None]


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    version: Literal[1] = 1


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    version: Literal[1] = 1


@pytest.mark.parametrize(
    "model",
    [
        RootModel[Annotated[Cat | Dog, Field(discriminator="kind")] | None],
        RootModel[dict[str, Cat | Dog]],
    ],
)
def test_the_discriminator_of_a_union_is_required(model: type[BaseModel]) -> None:
    found = definitions(model)
    assert found["Dog"]["properties"] == {
        "kind": {"type": "string", "const": "dog"},
        "version": {"type": "number", "const": 1, "default": 1},
    }
    assert found["Dog"]["required"] == ["kind"]


def test_keys_that_are_numbers_are_strings() -> None:
    class Level(IntEnum):
        LOW = 1

    class Model(BaseModel):
        by_level: dict[Level, int]

    assert properties(Model)["by_level"] == {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }


def test_two_classes_of_one_name_are_refused() -> None:
    def other() -> type[BaseModel]:
        class Range(BaseModel):
            start: int

        return Range

    first = other()
    names = ModelNames()
    json_schema(first, "input", names)
    json_schema(first, "output", names)
    with pytest.raises(TypeError) as caught:
        json_schema(Page[Range], "input", names)
    assert str(caught.value) == (
        f"two models are called Range: {__name__}.{first.__qualname__} and {__name__}.Range: "
        f"rename one of them"
    )


def test_two_classes_of_one_name_in_one_model_are_refused() -> None:
    class Holder:
        class Level(Enum):
            LOW = "low"

    class Level(Enum):
        HIGH = "high"

    class Params(BaseModel):
        one: Level
        other: Holder.Level

    with pytest.raises(TypeError, match="two models are called Level"):
        json_schema(Params, "input")


class Unfinished(BaseModel):
    other: NotThere  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore


def test_a_type_that_is_not_defined_is_named() -> None:
    with pytest.raises(TypeError, match=r"test_json_schema\.Unfinished: name 'NotThere' is not"):
        json_schema(Unfinished, "input")
