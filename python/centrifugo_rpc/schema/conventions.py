"""What a contract says in another way than Pydantic: the rules of docs/contract.md."""

from __future__ import annotations

import re
from typing import Any

from .keywords import Keywords, definition_of, is_object, map_parts


def with_conventions(root: Keywords) -> Keywords:
    """Returns a schema of Pydantic's in the words of a contract."""
    schema: Keywords = _converted(root)
    definitions: Keywords = schema.get("$defs", {})

    def simplified(part: Any) -> Any:
        if not is_object(part):
            return part
        keys = part.get("propertyNames")
        name = definition_of(keys) if is_object(keys) else None
        if name is not None and definitions[name].get("type", "string") != "string":
            # The numbers of an enum: as keys they are text, like those of dict[int, ...].
            part = {keyword: value for keyword, value in part.items() if value is not keys}
        return map_parts(part, simplified)

    return map_parts(schema, simplified)


def _converted(part: Any) -> Any:
    if not is_object(part):
        return part
    schema = map_parts(part, _converted)
    _convert_format(schema)
    if schema.get("type") == "integer" and ("const" in schema or "enum" in schema):
        schema["type"] = "number"
    if schema.get("additionalProperties") is True:
        schema["additionalProperties"] = {}
    keys = schema.get("propertyNames")
    if is_object(keys) and "$ref" not in keys:
        schema["propertyNames"] = {"type": "string", **keys}
    _close_tuple(schema)
    if "oneOf" in schema:
        schema.pop("discriminator", None)
    return schema


def _convert_format(schema: Keywords) -> None:
    name = schema.get("format")
    if name in ("base64", "base64url"):
        schema.setdefault("contentEncoding", name)
    if isinstance(name, str) and re.fullmatch("uuid[1-8]", name):
        schema["format"] = "uuid"
    if name == "password" and schema.get("writeOnly"):
        # A SecretStr: the call log redacts what is marked so.
        schema.setdefault("sensitive", True)


def _close_tuple(schema: Keywords) -> None:
    """Adds that nothing follows the places of a tuple, where Pydantic only counts them."""
    places = schema.get("prefixItems", [])
    if schema.get("type") != "array" or "items" in schema or schema.get("maxItems") != len(places):
        return
    schema.update(prefixItems=places, items=False)
    if not places:
        schema.pop("minItems", None)
