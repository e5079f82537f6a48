"""The fields that tell the models of a union apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .javascript import is_list, is_object
from .normal_schema import Keywords, definition_of, map_parts


def with_required_discriminators(root: Keywords) -> Keywords:
    """Gives a schema in which the models of a union have their discriminator as a required field.

    With a default, as in ``kind: Literal["dog"] = "dog"``, Pydantic calls it optional, and refuses
    an object without it.
    """
    definitions: Keywords = root.get("$defs", {})
    discriminators: dict[str, set[str]] = {}

    def visit(part: Any) -> None:
        if not is_object(part):
            return
        names = list(_models_of(part, definitions))
        keys = _telling_apart([definitions[name]["properties"] for name in names])
        for name in names if keys else []:
            discriminators.setdefault(name, set()).update(keys)
        map_parts(part, visit)

    visit(root)
    changed = {
        name: _requiring(definition, discriminators[name]) if name in discriminators else definition
        for name, definition in definitions.items()
    }
    return {**root, "$defs": changed}


def _models_of(part: Keywords, definitions: Keywords) -> Iterator[str]:
    """The names of the models that a union has as its members."""
    for members in (part.get("anyOf"), part.get("oneOf")):
        for member in members if is_list(members) else []:
            if not is_object(member):
                continue
            name = definition_of(member.get("$ref"))
            if name is not None and "properties" in definitions.get(name, {}):
                yield name
            else:
                yield from _models_of(member, definitions)


def _telling_apart(models: list[Keywords]) -> set[str]:
    """The fields that all of the models have, with constants of which no two have the same."""
    if len(models) < 2:
        return set()
    return {
        name for name in models[0] if _are_disjoint([_values(each.get(name)) for each in models])
    }


def _are_disjoint(values: list[list[str]]) -> bool:
    every = [value for each in values for value in each]
    return all(values) and len(set(every)) == len(every)


def _values(field: Any) -> list[str]:
    """The constants of a field, as JSON."""
    if not is_object(field):
        return []
    if "const" in field:
        return [json.dumps(field["const"])]
    constants: list[Any] = field.get("enum", [])
    return [json.dumps(value) for value in constants]


def _requiring(definition: Keywords, discriminators: set[str]) -> Keywords:
    fields: Keywords = definition["properties"]
    without_defaults = {
        name: {key: value for key, value in field.items() if key != "default"}
        if name in discriminators
        else field
        for name, field in fields.items()
    }
    required: list[str] = definition.get("required", [])
    return {
        **definition,
        "properties": without_defaults,
        "required": [*required, *sorted(discriminators - {*required})],
    }
