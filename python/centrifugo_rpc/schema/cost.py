"""The cost of validating a value with Pydantic, computed before the validation.

A few bytes can cost seconds and gigabytes: Pydantic reports every missing field with its path and a
copy of the object, and tries every member of a union without a discriminator, again at each level
of a recursive model.
"""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import combinations
from typing import Any

from .keywords import definition_of, is_list, is_object
from .shapes import Leaf, Shape, Shapes

# Pydantic refuses JSON that is nested more deeply.
_MOST_LEVELS = 200


class ValidationCost:
    """Counts the steps of a validation: visits, and what Pydantic copies into its errors.

    A step takes Pydantic about a microsecond.
    """

    def __init__(self, shapes: Shapes) -> None:
        self._root = shapes.root
        self._repeats = any(map(_is_ambiguous, shapes.all))
        self._most_of_one_value = max(map(_most_errors, shapes.all)) * (1 + _levels(shapes))

    def may_exceed(self, limit: int, values: int) -> bool:
        """Whether any JSON text with at most ``values`` values in it can take more steps."""
        return self._repeats or values * self._most_of_one_value > limit

    def exceeds(self, limit: int, value: object) -> bool:
        """Whether the validation of a decoded JSON value takes more steps than ``limit``."""
        try:
            return _Count(limit).of(self._root, value, 0) > limit
        except _ExceededError:
            return True


class _ExceededError(Exception):
    pass


class _Count:
    # Few nested calls for each level of a value, because Python's stack is limited to 1,000.

    def __init__(self, limit: int) -> None:
        self._limit = limit
        # Of those that may be visited again.
        self._known: dict[tuple[int, int], int] = {}
        self._sizes: dict[int, int] = {}

    def of(self, shape: Shape, value: object, level: int) -> int:
        if not shape.leaves:
            return 1
        if not (is_object(value) or is_list(value)):
            return 1 if type(value) in shape.plain_types else (1 + level) * len(shape.leaves)
        if len(shape.leaves) == 1:
            return self._of_leaf(shape.leaves[0], value, level)
        key = (id(shape), id(value))
        total = self._known.get(key)
        if total is None:
            total = 0
            for group in shape.groups:
                if len(group) == 1:
                    if group[0].schema.get("type") != "null":  # no attempt: ``X | None`` is one
                        total += self._of_leaf(group[0], value, level)
                else:
                    total += self._of_tagged(group, value, level)
            self._known[key] = total
            # Each entry costs at least one step.
            self._check(max(total, len(self._known)))
        return total

    def _of_tagged(self, group: list[Leaf], value: dict[str, Any] | list[Any], level: int) -> int:
        most = 0
        for leaf in group:
            if _has_tag(leaf, value):
                most = max(most, self._of_leaf(leaf, value, level))
        return most or self._of_error(value, level)

    def _of_leaf(self, leaf: Leaf, value: dict[str, Any] | list[Any], level: int) -> int:
        if type(value) not in leaf.types:
            return self._of_error(value, level)
        total = 1
        if is_list(value):
            for index, item in enumerate(value):
                shape = leaf.places[index] if index < len(leaf.places) else leaf.items
                if shape is not None:
                    total += self.of(shape, item, level + 1)
                    self._check(total)
            return total
        missing = len(leaf.required.difference(value))
        if missing:
            total += missing * self._of_error(value, level + 1)
        if leaf.keys is not None or leaf.schema.get("additionalProperties") is False:
            total += len(value) * (2 + level)
        for key, item in value.items():
            shape = leaf.fields.get(key, leaf.others)
            if shape is not None:
                total += self.of(shape, item, level + 1)
                self._check(total)
        return total

    def _of_error(self, value: dict[str, Any] | list[Any], level: int) -> int:
        return level + self._size(value)

    def _size(self, value: object) -> int:
        """The number of JSON values in a value, itself included."""
        if not (is_object(value) or is_list(value)):
            return 1
        size = self._sizes.get(id(value))
        if size is None:
            size = 1 + sum(map(self._size, value.values() if is_object(value) else value))
            self._sizes[id(value)] = size
        return size

    def _check(self, total: int) -> None:
        if total > self._limit:
            raise _ExceededError


def _has_tag(leaf: Leaf, value: dict[str, Any] | list[Any]) -> bool:
    """Whether a value has the constants of a member of a union with a discriminator."""
    if is_list(value):
        return True
    for name, shape in leaf.fields.items():
        for field in shape.leaves:
            if field.is_constant and name in value and not field.has_constant(value[name]):
                return False
    return True


def _is_ambiguous(shape: Shape) -> bool:
    """Whether Pydantic validates one object or list with several members of a union."""
    return any(
        sum(any(kind in leaf.types for leaf in group) for group in shape.groups) > 1
        for kind in (dict, list)
    )


def _most_errors(shape: Shape) -> int:
    most_missing = max((len(leaf.required) for leaf in shape.leaves), default=0)
    return max(1, len(shape.leaves) + most_missing)


def _levels(shapes: Shapes) -> int:
    """The maximum depth of the values that the schema describes."""
    inner = {shape: shape.inner() for shape in shapes.all}
    levels: dict[Shape, int] = {}
    try:
        for shape in TopologicalSorter(inner).static_order():
            levels[shape] = max((1 + levels[each] for each in inner[shape]), default=0)
    except CycleError:
        return _MOST_LEVELS
    return levels[shapes.root]


def exponential_unions(shapes: Shapes) -> list[str]:
    """Returns the unions whose validation takes twice as long for each level of a value.

    Two of their members have the same field, which can contain the union again in both of them.
    """
    found: list[str] = []
    for union in shapes.all:
        if _is_ambiguous(union) and is_list(members := union.part.get("anyOf")):
            around = shapes.containing([union])
            again = [set(_recursive_places(around, group)) for group in union.groups]
            if any(first & second for first, second in combinations(again, 2)):
                names = [definition_of(member) for member in members if is_object(member)]
                found.append(" | ".join(name for name in names if name is not None))
    return list(dict.fromkeys(found))


def _recursive_places(around: set[Shape], group: list[Leaf]) -> Iterator[str]:
    """The places in the values of a group whose shapes are ``around``."""
    for leaf in group:
        yield from (f".{name}" for name, field in leaf.fields.items() if field in around)
        if leaf.others in around:
            yield ".*"
        if leaf.items in around:
            yield "[]"
