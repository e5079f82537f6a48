"""Checks of params that the contract requires and Pydantic does not make.

Pydantic accepts a datetime without an offset, a decimal fraction as a JSON number, and integers
that JavaScript, including the gateway, has already rounded. The contract allows none of them.
"""

from __future__ import annotations

import re

from pydantic_core import from_json

from ..wire.encoding import MAX_SAFE_INTEGER, may_have_large_integers
from ..wire.issues import Issues, Path
from .keywords import Keywords, is_list, is_object
from .shapes import Leaf, Shape, Shapes

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


class WireChecks:
    """The checks of one model's params."""

    def __init__(self, shapes: Shapes) -> None:
        self._root = shapes.root
        self._all = {*shapes.all}
        self._with_formats = shapes.containing(filter(_has_format, shapes.all))

    def issues(self, sent: bytes) -> Issues:
        """Returns the issues of params, as JSON, that their model has accepted."""
        found = Issues()
        checked = self._all if may_have_large_integers(sent) else self._with_formats
        if self._root in checked:
            _Walk(checked).visit(self._root, from_json(sent), [], found)
        return found


def _has_format(shape: Shape) -> bool:
    return any(leaf.schema.get("format") in _FORMATS for leaf in shape.leaves)


class _Walk:
    def __init__(self, checked: set[Shape]) -> None:
        self._checked = checked
        self._accepted: dict[tuple[int, int], bool] = {}

    def visit(self, shape: Shape, value: object, path: Path, found: Issues) -> None:
        """Adds the issues of a value, or none if a member of a union accepts it."""
        if len(shape.leaves) == 1:
            self._visit_leaf(shape.leaves[0], value, path, found)
            return
        first = Issues()
        for leaf in shape.leaves:
            if self._can_be(leaf, value):
                issues = Issues()
                self._visit_leaf(leaf, value, path, issues)
                if not issues:
                    return
                first = first or issues
        found.add_all(first)

    def _visit_leaf(self, leaf: Leaf, value: object, path: Path, found: Issues) -> None:
        if is_object(value):
            for key, item in value.items():
                if leaf.keys is not None:
                    self._visit_inner(leaf.keys, key, key, path, found)
                self._visit_inner(leaf.fields.get(key, leaf.others), item, key, path, found)
        elif is_list(value):
            for index, item in enumerate(value):
                shape = leaf.places[index] if index < len(leaf.places) else leaf.items
                self._visit_inner(shape, item, index, path, found)
        elif message := _problem(leaf.schema, value):
            found.add(path, message)

    def _visit_inner(
        self, shape: Shape | None, value: object, step: int | str, path: Path, found: Issues
    ) -> None:
        if shape is not None and shape in self._checked:
            path.append(step)
            self.visit(shape, value, path, found)
            path.pop()

    def _accepts(self, shape: Shape, value: object) -> bool:
        """Whether a value can have a shape, by its types and constants."""
        key = (id(shape), id(value))
        known = self._accepted.get(key)
        if known is None:
            known = not shape.leaves
            for leaf in shape.leaves:
                known = known or self._can_be(leaf, value)
            self._accepted[key] = known
        return known

    def _can_be(self, leaf: Leaf, value: object) -> bool:
        if type(value) not in leaf.types or not leaf.has_constant(value):
            return False
        if not is_object(value):
            return True
        for name, field in leaf.fields.items():
            if name in value and not self._accepts(field, value[name]):
                return False
        return leaf.required <= value.keys()


def _problem(schema: Keywords, value: object) -> str | None:
    kinds = schema.get("type")
    if kinds == "integer" and isinstance(value, int) and abs(value) > MAX_SAFE_INTEGER:
        return f"Input should be an integer within ±{MAX_SAFE_INTEGER}"
    if kinds != "string" or schema.get("format") not in _FORMATS:
        return None
    pattern, message = _FORMATS[schema["format"]]
    return None if isinstance(value, str) and pattern.fullmatch(value) else message
