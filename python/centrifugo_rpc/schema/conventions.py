"""The differences between a contract and Pydantic's schemas: the rules of docs/contract.md."""

from __future__ import annotations

import re
from typing import Any

from .keywords import Keywords, definition_of, is_object, map_parts


def with_conventions(root: Keywords) -> Keywords:
    """Returns the form of a Pydantic schema in a contract."""
    definitions: Keywords = root.get("$defs", {})

    def converted(part: Any) -> Any:
        if not is_object(part):
            return part
        schema = map_parts(part, converted)
        _convert_format(schema)
        if schema.get("type") == "integer" and ("const" in schema or "enum" in schema):
            schema["type"] = "number"
        if schema.get("additionalProperties") is True:
            schema["additionalProperties"] = {}
        keys = schema.get("propertyNames")
        name = definition_of(keys) if is_object(keys) else None
        if name is not None and definitions[name].get("type", "string") != "string":
            # A number of an enum is a string as a key, like a key of dict[int, ...].
            del schema["propertyNames"]
        elif is_object(keys) and "$ref" not in keys:
            schema["propertyNames"] = {"type": "string", **keys}
        _close_tuple(schema)
        if "oneOf" in schema:
            schema.pop("discriminator", None)
        return schema

    return converted(root)  # type: ignore[no-any-return]


def _convert_format(schema: Keywords) -> None:
    name = schema.get("format")
    if name in ("base64", "base64url"):
        schema.setdefault("contentEncoding", name)
    if isinstance(name, str) and re.fullmatch("uuid[1-8]", name):
        schema["format"] = "uuid"
    if name == "password" and schema.get("writeOnly"):
        # A SecretStr: the call log redacts sensitive values.
        schema.setdefault("sensitive", True)


def _close_tuple(schema: Keywords) -> None:
    """Forbids further items in a tuple, for which Pydantic only sets their number."""
    places = schema.get("prefixItems", [])
    if schema.get("type") != "array" or "items" in schema or schema.get("maxItems") != len(places):
        return
    schema.update(prefixItems=places, items=False)
    if not places:
        schema.pop("minItems", None)
