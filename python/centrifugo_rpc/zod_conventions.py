"""What Pydantic prints in another way than Zod."""

from __future__ import annotations

from typing import Any

from .javascript import is_object
from .normal_schema import Keywords, map_parts


def as_zod_prints(part: Any) -> Any:
    """Gives a schema that Pydantic has printed as Zod prints the same."""
    if not is_object(part):
        return part
    schema = map_parts(part, as_zod_prints)
    _bytes(schema)
    _constants(schema)
    _objects(schema)
    _tuple(schema)
    if "oneOf" in schema:
        schema.pop("discriminator", None)
    return schema


def _bytes(schema: Keywords) -> None:
    if schema.get("format") in ("base64", "base64url"):
        schema.setdefault("contentEncoding", schema["format"])


def _constants(schema: Keywords) -> None:
    """Zod calls all numbers in constants numbers."""
    if schema.get("type") == "integer" and ("const" in schema or "enum" in schema):
        schema["type"] = "number"
    if schema.get("type") == "null":
        schema.pop("const", None)


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
