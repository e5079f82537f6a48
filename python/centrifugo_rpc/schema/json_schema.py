"""The JSON Schema of a Pydantic model in a contract."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.errors import (
    PydanticInvalidForJsonSchema,
    PydanticUndefinedAnnotation,
    PydanticUserError,
)
from pydantic_core import CoreSchema

from ..wire.encoding import complete
from .conventions import with_conventions
from .discriminators import with_required_discriminators
from .generator import NO_JSON, SchemaGenerator
from .keywords import Keywords, definition_of, is_list, is_object, map_parts, members_of
from .names import ModelNames


@dataclass(frozen=True)
class NoJson:
    """A part of a model that JSON cannot represent.

    Attributes:
        path: From the model down to the part, like ``.filter.files[]``; empty for the whole model.
        what: A description of the part, like ``bytes``, and what to use instead.
    """

    path: str
    what: str


class NoJsonError(TypeError):
    """A model that JSON Schema cannot express.

    Attributes:
        parts: Every part that JSON cannot represent.
    """

    def __init__(self, parts: list[NoJson]) -> None:
        super().__init__(", ".join(f"{part.path} {part.what}".strip() for part in parts))
        self.parts = parts


def json_schema(
    model: type[BaseModel], io: Literal["input", "output"], names: ModelNames | None = None
) -> Keywords:
    """Returns the JSON Schema of a model in a contract.

    ``$defs`` contains models and enums by the names of their classes.

    Args:
        model: The model.
        io: ``input`` for params, ``output`` for results and the details of errors.
        names: The names that are already used in the contract. Default: none.

    Raises:
        NoJsonError: JSON cannot represent a part of the model.
        TypeError: Two classes have the same name, or the model refers to an undefined type.
    """
    mode: Literal["validation", "serialization"] = (
        "validation" if io == "input" else "serialization"
    )
    generator = SchemaGenerator()
    try:
        complete(model)
        listed = generator.generate(_schema_of_list(model), mode)
    except PydanticInvalidForJsonSchema as error:
        raise NoJsonError([NoJson("", error.message)]) from error
    except (PydanticUserError, PydanticUndefinedAnnotation) as error:
        raise TypeError(f"{model.__module__}.{model.__qualname__}: {error.message}") from error
    definitions: Keywords = listed.get("$defs", {})
    root: Keywords = listed["items"]
    named = (names or ModelNames()).apply({**root, "$defs": definitions}, generator.classes)
    parts = [*_no_json(named), *(NoJson("", warning) for warning in generator.warnings)]
    if parts:
        raise NoJsonError(parts)
    return with_required_discriminators(with_conventions(named))


def _schema_of_list(_model: type[BaseModel]) -> CoreSchema:
    """Pydantic writes a schema inline if nothing, such as a list, refers to it.

    It finds deferred names among the local variables, so this function has no others.
    """
    return TypeAdapter(list[_model]).core_schema  # type: ignore[valid-type]


def _no_json(root: Keywords) -> Iterator[NoJson]:
    """The marks in a generated schema; those of a definition have the path of its first use."""
    definitions: Keywords = root["$defs"]
    todo: list[tuple[str, Any]] = [("", {key: root[key] for key in root if key != "$defs"})]
    seen: set[str] = set()
    while todo:
        path, schema = todo.pop()
        if not is_object(schema):
            continue
        what = _no_json_here(schema, definitions)
        if what is not None:
            yield NoJson(path, what)
            continue
        inner = list(_parts_of(schema, path))
        name = definition_of(schema)
        if name is not None and name not in seen:
            seen.add(name)
            inner.append((path, definitions[name]))
        todo += reversed(inner)


def _no_json_here(schema: Keywords, definitions: Keywords) -> str | None:
    if schema.get("format") == "binary":
        return "bytes"
    if "default" in schema and schema["default"] is None and not _takes_null(schema, definitions):
        # As in ``total: int = None``, which Pydantic sends without a warning.
        return "its default None, which is not of its type,"
    what: str | None = schema.get(NO_JSON)
    return what


def _takes_null(schema: Any, definitions: Keywords) -> bool:
    if not is_object(schema):
        return bool(schema)
    name = definition_of(schema)
    if name is not None:
        # Without the definition itself, which may refer to itself.
        others = {key: part for key, part in definitions.items() if key != name}
        return _takes_null(definitions.get(name, True), others)
    members = members_of(schema)
    if members is not None:
        return any(_takes_null(member, definitions) for member in members)
    kinds = schema.get("type", "null")
    return (
        "null" in (kinds if is_list(kinds) else [kinds])
        and schema.get("const") is None
        and None in schema.get("enum", [None])
    )


def _parts_of(schema: Keywords, path: str) -> Iterator[tuple[str, Any]]:
    for keyword, value in schema.items():
        if keyword == "properties":
            yield from ((f"{path}.{name}", field) for name, field in value.items())
        elif keyword == "items":
            yield f"{path}[]", value
        elif keyword == "prefixItems":
            yield from ((f"{path}[{place}]", item) for place, item in enumerate(value))
        elif keyword == "additionalProperties":
            yield f"{path}.*", value
        else:
            inner: list[Any] = []
            map_parts({keyword: value}, inner.append)
            yield from ((path, part) for part in inner)
