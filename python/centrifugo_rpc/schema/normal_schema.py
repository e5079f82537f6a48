"""The normal form of JSON Schemas in a contract: see docs/contract.md."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias
from urllib.parse import unquote

from .javascript import in_javascript_order, is_list, is_object

Keywords: TypeAlias = "dict[str, Any]"
"""A JSON Schema that is an object."""

JsonSchema: TypeAlias = "Keywords | bool"
"""A JSON Schema of the dialect 2020-12."""

_MapPart: TypeAlias = Callable[[Any], Any]
_MapValue: TypeAlias = Callable[[Any, _MapPart], Any]

_LARGEST_INT = 2**53 - 1


# How the schemas in a keyword's value are mapped, by what the value is.
def _data(value: Any, _map: _MapPart) -> Any:
    return value


def _schema(value: Any, map_part: _MapPart) -> Any:
    return map_part(value)


def _schemas(value: Any, map_part: _MapPart) -> Any:
    return [map_part(part) for part in value] if is_list(value) else value


def _schema_map(value: Any, map_part: _MapPart) -> Any:
    return {name: map_part(part) for name, part in value.items()} if is_object(value) else value


_KEYWORDS: dict[str, _MapValue] = {
    keyword: map_value
    for keywords, map_value in (
        ("$ref type const enum format contentEncoding contentMediaType", _data),
        ("contentSchema", _schema),
        ("pattern minLength maxLength", _data),
        ("minimum exclusiveMinimum maximum exclusiveMaximum multipleOf", _data),
        ("prefixItems", _schemas),
        ("items unevaluatedItems contains", _schema),
        ("minContains maxContains minItems maxItems uniqueItems", _data),
        ("propertyNames", _schema),
        ("properties patternProperties", _schema_map),
        ("required dependentRequired", _data),
        ("dependentSchemas", _schema_map),
        ("additionalProperties unevaluatedProperties", _schema),
        ("minProperties maxProperties", _data),
        ("anyOf oneOf allOf", _schemas),
        ("not if then else", _schema),
        ("default title description deprecated readOnly writeOnly examples $comment", _data),
    )
    for keyword in keywords.split()
}
"""The keywords in the order of the normal form, each with how its value is read."""

_ANCHORS = ("$id", "$anchor", "$dynamicRef", "$dynamicAnchor")
"""Keywords with which a ``$ref`` can lead elsewhere than its text says."""


def normal_schema(schema: JsonSchema) -> JsonSchema:
    """Gives a schema in its normal form, which accepts what the schema accepts.

    The normal form of a normal form is itself. Patterns that Zod adds to formats are no matter
    here: Pydantic adds none.
    """
    if not is_object(schema) or not _has_plain_references(schema):
        return schema
    root = in_javascript_order(schema)
    definitions = root.pop("$defs", None)
    normal: Keywords = _normal_part(root)
    if is_object(definitions) and (used := _used_definitions(normal, definitions)):
        return {**normal, "$defs": in_javascript_order(used)}
    return normal


def map_parts(part: Keywords, map_part: _MapPart) -> Keywords:
    """Gives a schema with its direct parts changed; all other keywords stay as they are."""
    return {
        keyword: _schema_map(value, map_part)
        if keyword == "$defs"
        else _KEYWORDS.get(keyword, _data)(value, map_part)
        for keyword, value in part.items()
    }


def definition_of(ref: object) -> str | None:
    """Gives the name in a reference like ``#/$defs/Name`` (RFC 6901)."""
    match = re.fullmatch(r"#/\$defs/([^/]*)", str(ref))
    return unquote(match[1]).replace("~1", "/").replace("~0", "~") if match else None


def _normal_part(part: Any) -> Any:
    if not is_object(part):
        return part
    mapped = _without_the_obvious(_with_sorted_required(map_parts(part, _normal_part)))
    return _in_order(_with_joined_types(mapped))


def _in_order(part: Any) -> Any:
    if not is_object(part):
        return part
    known = [keyword for keyword in _KEYWORDS if keyword in part]
    others = [name for name in part if name not in _KEYWORDS and name != "$defs"]
    definitions = ["$defs"] if "$defs" in part else []
    return {keyword: part[keyword] for keyword in [*known, *others, *definitions]}


def _with_sorted_required(part: Keywords) -> Keywords:
    """Puts required names in the order of the properties; what else is required comes after."""
    properties, required = part.get("properties"), part.get("required")
    if not is_object(properties) or not is_list(required):
        return part
    declared = [name for name in properties if name in required]
    others = [name for name in required if name not in properties]
    return {**part, "required": [*declared, *others]}


def _without_the_obvious(part: Keywords) -> Keywords:
    """Leaves out what holds for every value of JSON."""

    def is_obvious(keyword: str, value: Any) -> bool:
        if keyword == "minimum":
            return bool(value == -_LARGEST_INT) and _is_integer(part)
        if keyword == "maximum":
            return bool(value == _LARGEST_INT) and _is_integer(part)
        return keyword == "propertyNames" and _bare_types(value) == ["string"]

    return {keyword: value for keyword, value in part.items() if not is_obvious(keyword, value)}


def _is_integer(part: Keywords) -> bool:
    kind = part.get("type")
    types = kind if is_list(kind) else [kind]
    return "integer" in types and "number" not in types


def _with_joined_types(part: Keywords) -> Any:
    """Puts inner ``anyOf`` in place, drops duplicates, and lists what is nothing but types."""
    any_of = part.get("anyOf")
    if not is_list(any_of) or not any_of:
        return part
    rest = {keyword: value for keyword, value in part.items() if keyword != "anyOf"}
    members = _distinct(inner for member in any_of for inner in _alternatives_in(member))
    if len(members) == 1 and is_object(members[0]) and not rest:
        return members[0]
    types: list[Any] = []
    for member in members:
        bare = _bare_types(member)
        if "type" in rest or bare is None:
            return {**rest, "anyOf": members}
        types += bare
    return {**rest, "type": types if len(types) > 1 else types[0]}


def _alternatives_in(member: Any) -> list[Any]:
    """What a member of an ``anyOf`` adds to it: more than one when it says nothing else."""
    types = _bare_types(member)
    if types is not None:
        return [{"type": kind} for kind in types]
    inner = member["anyOf"] if is_object(member) and [*member] == ["anyOf"] else None
    return inner if is_list(inner) and inner else [member]


def _bare_types(part: Any) -> list[Any] | None:
    """The types of a part that says nothing else."""
    if not is_object(part) or [*part] != ["type"]:
        return None
    kind = part["type"]
    if not is_list(kind):
        return [kind]
    return kind or None


def _distinct(members: Iterable[Any]) -> list[Any]:
    firsts: dict[str, Any] = {}
    for member in members:
        firsts.setdefault(json.dumps(member), member)
    return [*firsts.values()]


def _used_definitions(root: Any, definitions: Keywords) -> Keywords:
    """The definitions that are led to, in the order in which the first ``$ref`` to each stands."""
    used: Keywords = {}
    todo = [root]
    for part in todo:  # the list grows while it is visited
        for ref in _references_in(part):
            name = definition_of(ref)
            if name is not None and name in definitions and name not in used:
                used[name] = _normal_part(definitions[name])
                todo.append(used[name])
    return used


def _has_plain_references(part: Any) -> bool:
    """Whether every ``$ref`` leads to the whole schema or to one of its definitions."""
    if not is_object(part):
        return True
    ref = part.get("$ref", "#")
    if ref != "#" and definition_of(ref) is None:
        return False
    if any(keyword in part for keyword in _ANCHORS):
        return False
    return all(_has_plain_references(inner) for inner in _parts_of(part))


def _references_in(part: Any) -> Iterator[Any]:
    if not is_object(part):
        return
    if "$ref" in part:
        yield part["$ref"]
    for inner in _parts_of(part):
        yield from _references_in(inner)


def _parts_of(part: Keywords) -> list[Any]:
    parts: list[Any] = []
    map_parts(part, parts.append)
    return parts
