"""What Pydantic prints in another way than Zod."""

from __future__ import annotations

import re
from typing import Any

from .javascript import is_object
from .normal_schema import Keywords, definition_of, map_parts


def as_zod_prints(root: Keywords) -> Keywords:
    """Gives a schema that Pydantic has printed as Zod prints the same."""
    schema: Keywords = _part(root)
    definitions: Keywords = schema.get("$defs", {})

    def definition_in(part: Keywords) -> Keywords:
        found: Keywords = definitions.get(definition_of(part.get("$ref")) or "", {})
        return found

    def without_repetitions(part: Any) -> Any:
        """What the definition of a model says already is not said beside the ``$ref`` to it."""
        if not is_object(part):
            return part
        definition = definition_in(part)
        told = {
            keyword: value
            for keyword, value in part.items()
            if keyword == "$ref" or keyword not in definition or definition[keyword] != value
        }
        keys = told.get("propertyNames")
        if is_object(keys) and definition_in(keys).get("type", "string") != "string":
            # Numbers of an enum: as keys they are texts, like those of dict[int, ...].
            del told["propertyNames"]
        return map_parts(told, without_repetitions)

    return map_parts(schema, without_repetitions)


def _part(part: Any) -> Any:
    if not is_object(part):
        return part
    schema = map_parts(part, _part)
    _formats(schema)
    _constants(schema)
    _objects(schema)
    _tuple(schema)
    if "oneOf" in schema:
        schema.pop("discriminator", None)
    return schema


def _formats(schema: Keywords) -> None:
    name = schema.get("format")
    if name in ("base64", "base64url"):
        schema.setdefault("contentEncoding", name)
    if isinstance(name, str) and re.fullmatch("uuid[1-8]", name):
        schema["format"] = "uuid"
    if name == "password" and schema.get("writeOnly"):
        # A SecretStr: the call log hides what is marked so.
        schema.setdefault("sensitive", True)


def _constants(schema: Keywords) -> None:
    """Zod calls all numbers in constants numbers."""
    if schema.get("type") == "integer" and ("const" in schema or "enum" in schema):
        schema["type"] = "number"


def _objects(schema: Keywords) -> None:
    if schema.get("additionalProperties") is True:
        schema["additionalProperties"] = {}
    keys = schema.get("propertyNames")
    if is_object(keys) and "$ref" not in keys:
        schema["propertyNames"] = {"type": "string", **keys}


def _tuple(schema: Keywords) -> None:
    """Says that nothing follows the places of a tuple."""
    if schema.get("type") != "array" or schema.get("maxItems") is None:
        return
    places = schema.get("prefixItems", [])
    if "items" in schema or len(places) != schema["maxItems"]:
        return
    schema.update(prefixItems=places, items=False)
    if not places:
        schema.pop("minItems", None)
