"""The fields that distinguish the models of a union."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from .keywords import Keywords, definition_of, is_object, map_parts, members_of


def with_required_discriminators(root: Keywords) -> Keywords:
    """Returns a schema in which the models of a union require their discriminator.

    A discriminator with a default (``kind: Literal["dog"] = "dog"``) is optional in Pydantic's
    schema, but Pydantic rejects an object without it.
    """
    definitions: Keywords = root.get("$defs", {})
    discriminators: dict[str, set[str]] = {}

    def visit(part: Any) -> None:
        if not is_object(part):
            return
        names = list(_models_of(part, definitions))
        keys = _common_discriminators([definitions[name]["properties"] for name in names])
        for name in names if keys else []:
            discriminators.setdefault(name, set()).update(keys)
        map_parts(part, visit)

    visit(root)
    required = {name: _requiring(definitions[name], keys) for name, keys in discriminators.items()}
    return {**root, "$defs": {**definitions, **required}}


def _models_of(part: Keywords, definitions: Keywords) -> Iterator[str]:
    """The names of the models that are members of a union or of a union in it."""
    for member in members_of(part) or []:
        name = definition_of(member)
        if name is not None and "properties" in definitions[name]:
            yield name
        else:
            yield from _models_of(member, definitions)


def _common_discriminators(models: list[Keywords]) -> set[str]:
    """The fields that all models have, with constants that no two models share."""
    if len(models) < 2:
        return set()
    return {
        name
        for name in models[0]
        if _are_disjoint([_constants(fields.get(name)) for fields in models])
    }


def _are_disjoint(constants: list[list[str]]) -> bool:
    every = [constant for each in constants for constant in each]
    return all(constants) and len(set(every)) == len(every)


def _constants(field: Any) -> list[str]:
    """The constants of a field, as JSON."""
    if not is_object(field):
        return []
    constants: list[Any] = [field["const"]] if "const" in field else field.get("enum", [])
    return [json.dumps(constant) for constant in constants]


def _requiring(definition: Keywords, discriminators: set[str]) -> Keywords:
    fields: Keywords = dict(definition["properties"])
    for name in discriminators:
        fields[name] = {key: value for key, value in fields[name].items() if key != "default"}
    required: list[str] = definition.get("required", [])
    others = sorted(discriminators - {*required})
    return {**definition, "properties": fields, "required": [*required, *others]}
