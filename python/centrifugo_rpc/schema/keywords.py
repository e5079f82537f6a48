"""JSON Schemas as Python values, and how to visit their parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from typing_extensions import TypeIs

Keywords: TypeAlias = "dict[str, Any]"
"""A JSON Schema that is an object."""

JsonSchema: TypeAlias = "Keywords | bool"
"""A JSON Schema of the dialect 2020-12."""

_DEFINITIONS = "#/$defs/"
_SCHEMA = frozenset(
    {
        *("additionalProperties", "contains", "contentSchema", "else", "if", "items", "not"),
        *("propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"),
    }
)
_SCHEMAS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SCHEMA_MAP = frozenset({"$defs", "dependentSchemas", "patternProperties", "properties"})


def is_object(value: object) -> TypeIs[dict[str, Any]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Whether a JSON value is a list."""
    return isinstance(value, list)


def map_parts(schema: Keywords, map_part: Callable[[Any], Any]) -> Keywords:
    """Returns a copy of the schema in which ``map_part`` has replaced each direct part."""
    mapped = dict(schema)
    for keyword, value in schema.items():
        if keyword in _SCHEMA:
            mapped[keyword] = map_part(value)
        elif keyword in _SCHEMAS and is_list(value):
            mapped[keyword] = [map_part(part) for part in value]
        elif keyword in _SCHEMA_MAP and is_object(value):
            mapped[keyword] = {name: map_part(part) for name, part in value.items()}
    return mapped


def members_of(schema: Keywords) -> list[Any] | None:
    """Returns the members of a union, or ``None`` if the schema is not a union."""
    members = schema.get("anyOf", schema.get("oneOf"))
    return members if is_list(members) else None


def definition_of(schema: Keywords) -> str | None:
    """Returns the name of the definition that the schema refers to, if it does."""
    ref = schema.get("$ref")
    if not isinstance(ref, str) or not ref.startswith(_DEFINITIONS):
        return None
    return ref.removeprefix(_DEFINITIONS)


def reference_to(name: str) -> str:
    """Returns the ``$ref`` to a definition."""
    return _DEFINITIONS + name
