"""The issues of an invalid value, by path."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from itertools import islice
from typing import Any, TypeAlias, TypedDict, cast

from pydantic import ValidationError

Path: TypeAlias = list[int | str]

MOST_ISSUES = 20
"""The number of issues that are kept of one value."""

# Pydantic makes all of its errors at once: 10,000 take it about 20 ms.
_MOST_ERRORS = 10_000
_MOST_ERRORS_READ = 200

# The ways to read one location that are followed; with real field names there is one.
_MOST_READINGS = 16
# Pydantic decodes the invalid part again for each error: at most this many bytes in all.
_MOST_INPUT_BYTES = 100_000

_MOST_CHARACTERS = 200

_UNKNOWN = object()


class Issue(TypedDict):
    """One problem, as in the details of the errors 400 and 502."""

    path: Path
    """Keys and indexes from the value down to the problem."""
    message: str


class Issues(list[Issue]):
    """The first issues of a value.

    Attributes:
        more: The number of problems that are not in the list.
    """

    more = 0

    @classmethod
    def one(cls, message: str) -> Issues:
        """Returns an issue of the whole value."""
        issues = cls()
        issues.add([], message)
        return issues

    def add(self, path: Iterable[int | str], message: str) -> None:
        """Adds an issue, with long texts cut, or counts it if the list is full."""
        if len(self) < MOST_ISSUES:
            steps = [_cut(step) if isinstance(step, str) else step for step in path]
            self.append({"path": steps, "message": _cut(message)})
        else:
            self.more += 1

    def add_all(self, others: Issues) -> None:
        """Adds the issues of an inner value."""
        for issue in others:
            self.add(issue["path"], issue["message"])
        self.more += others.more


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[: _MOST_CHARACTERS - 1] + "…"


def issues_of(error: ValidationError, data: Any, size: int = 0) -> Issues:
    """Returns the issues of a value: one for each place.

    If all members of a union have failed, those that got deepest into the value are reported.

    Args:
        error: The error of Pydantic.
        data: The value; if it was validated as JSON, decoded.
        size: The number of bytes of the JSON.
    """
    count = error.error_count()
    if count > _MOST_ERRORS:
        issues = Issues.one("Input has too many problems to list them")
        issues.more = count - 1
        return issues
    errors = error.errors(
        include_url=False,
        include_context=False,
        include_input=size * count <= _MOST_INPUT_BYTES,
    )
    messages: dict[tuple[int | str, ...], list[str]] = {}
    for details in islice(errors, _MOST_ERRORS_READ):
        location, target = details["loc"], details.get("input", _UNKNOWN)
        end: Path = []
        if details["type"] == "missing":
            location, end = location[:-1], [location[-1]]
        elif location[-1:] == ("[key]",):
            # The step before it is the key.
            location, end, target = location[:-2], [location[-2]], _UNKNOWN
        path = (*_path_of(data, location, target), *end)
        messages.setdefault(path, []).append(details["msg"])
    outer = {path[:length] for path in messages for length in range(len(path))}
    issues = Issues()
    for path, texts in messages.items():
        if path not in outer:
            issues.add(path, "; ".join(dict.fromkeys(texts)))
    issues.more += max(0, count - _MOST_ERRORS_READ)
    return issues


def describe(issues: Issues) -> str:
    """Returns the first issue as text, and the number of the others."""
    if not issues:
        return "invalid"
    first, *rest = issues
    others = len(rest) + issues.more
    place = ".".join(map(str, first["path"]))
    more = f" (and {others} more)" if others else ""
    return f"{place}: {first['message']}{more}" if place else f"{first['message']}{more}"


def _path_of(data: Any, location: Iterable[int | str], target: Any) -> Path:
    """The path of a location of pydantic's, which has names of types between the keys.

    A step that can be either is a key if that leads to ``target``, the invalid value.
    """
    most = 1 if target is _UNKNOWN else _MOST_READINGS
    readings: list[tuple[Any, Path]] = [(data, [])]
    for step in location:
        inner = [
            (container[step], [*path, step])
            for container, path in readings
            if _has(container, step)
        ]
        readings = [*inner, *readings][:most]
    # Pydantic decoded the JSON itself: its values are equal to those of the data, not identical.
    matching = (path for value, path in readings if value is target or value == target)
    return next(matching, readings[0][1])


def _has(container: Any, step: int | str) -> bool:
    if isinstance(container, dict):
        return step in container
    if isinstance(container, list) and isinstance(step, int):
        return step < len(cast("Sized", container))
    return False
