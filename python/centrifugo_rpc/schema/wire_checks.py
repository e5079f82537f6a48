"""Checks of params that the contract demands and Pydantic does not make.

Pydantic accepts a datetime without an offset, a decimal fraction as a JSON number, and integers
that JavaScript, including the gateway, has already rounded. The contract allows none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import from_json

from ..wire.encoding import MAX_SAFE_INTEGER, may_have_large_integers
from ..wire.issues import Issue, Path
from .json_schema import json_schema
from .keywords import Keywords, definition_of, is_list, is_object, map_parts, members_of

_CLOCK = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
_OFFSET = r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"

_FORMATS = {
    name: (re.compile(pattern), f"Input should be {expected}")
    for name, pattern, expected in (
        ("date-time", f"{_DATE}[Tt]{_CLOCK}{_OFFSET}", "a date and time with an offset (RFC 3339)"),
        ("date", _DATE, "a date (YYYY-MM-DD)"),
        ("time", f"{_CLOCK}{_OFFSET}?", "a time (HH:MM:SS)"),
        ("duration", r"P[0-9YMWDTHS.,]+", "a duration like P1DT2H30M (ISO 8601)"),
        ("uuid", "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "a UUID"),
        (
            "decimal",
            r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,3})?",
            "a string with a decimal fraction, like 12.50",
        ),
    )
}


def wire_issues(model: type[BaseModel], sent: bytes) -> list[Issue]:
    """Returns the issues of params, as JSON, that their model has accepted."""
    checks = _checks_of(model)
    if checks is None or not (checks.has_formats or may_have_large_integers(sent)):
        return []
    return list(checks.issues(from_json(sent)))


@lru_cache(maxsize=1024)
def _checks_of(model: type[BaseModel]) -> _Checks | None:
    try:
        schema = json_schema(model, "input")
    except TypeError:
        return None  # Building the contract reports it.
    return _Checks(schema) if is_object(schema) else None


class _Checks:
    def __init__(self, schema: Keywords) -> None:
        self._schema = schema
        self._definitions: Keywords = schema.get("$defs", {})
        self.has_formats = _has_formats(schema)

    def issues(self, value: object) -> Iterator[Issue]:
        return self._issues(self._schema, value, [])

    def _issues(self, schema: Any, value: object, path: Path) -> Iterator[Issue]:
        if not is_object(schema):
            return
        yield from self._issues(self._definition(schema), value, path)
        members = members_of(schema)
        if members is not None:
            yield from self._issues_of_union(members, value, path)
        message = _problem(schema, value)
        if message:
            yield {"path": path, "message": message}
        elif is_object(value):
            yield from self._issues_of_object(schema, value, path)
        elif is_list(value):
            places: list[Any] = schema.get("prefixItems", [])
            for index, item in enumerate(value):
                place = places[index] if index < len(places) else schema.get("items")
                yield from self._issues(place, item, [*path, index])

    def _issues_of_object(
        self, schema: Keywords, value: dict[str, Any], path: Path
    ) -> Iterator[Issue]:
        fields: Keywords = schema.get("properties", {})
        for key, item in value.items():
            place = fields.get(key, schema.get("additionalProperties"))
            yield from self._issues(schema.get("propertyNames"), key, [*path, key])
            yield from self._issues(place, item, [*path, key])

    def _issues_of_union(self, members: list[Any], value: object, path: Path) -> Iterator[Issue]:
        """No issues if one of the members that the value can belong to accepts it."""
        found = [
            list(self._issues(member, value, path))
            for member in members
            if self._can_be(member, value)
        ]
        if found and all(found):
            yield from found[0]

    def _can_be(self, schema: Any, value: object) -> bool:
        """Whether a value can belong to a member of a union, by its types and constants."""
        if not is_object(schema):
            return True
        definition = self._definition(schema)
        if definition is not None:
            return self._can_be(definition, value)
        members = members_of(schema)
        if members is not None:
            return any(self._can_be(member, value) for member in members)
        if not _has_type(schema, value):
            return False
        if schema.get("const", value) != value or value not in schema.get("enum", [value]):
            return False
        if not is_object(value):
            return True
        fields: Keywords = schema.get("properties", {})
        return all(key in value for key in schema.get("required", [])) and all(
            self._can_be(field, value[key]) for key, field in fields.items() if key in value
        )

    def _definition(self, schema: Keywords) -> Any:
        name = definition_of(schema)
        return None if name is None else self._definitions.get(name)


def _problem(schema: Keywords, value: object) -> str | None:
    kinds = schema.get("type")
    if kinds == "integer" and isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        return f"Input should be an integer within ±{MAX_SAFE_INTEGER}"
    if kinds != "string" or schema.get("format") not in _FORMATS:
        return None
    pattern, message = _FORMATS[schema["format"]]
    return None if isinstance(value, str) and pattern.fullmatch(value) else message


def _has_type(schema: Keywords, value: object) -> bool:
    kinds = schema.get("type")
    if kinds is None:
        return True
    kinds = kinds if is_list(kinds) else [kinds]
    kind = _kind(value)
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if is_list(value) else "object"


def _has_formats(schema: Any) -> bool:
    if not is_object(schema):
        return False
    inner: list[bool] = []
    map_parts(schema, lambda part: inner.append(_has_formats(part)))
    return any(inner) or schema.get("format") in _FORMATS
