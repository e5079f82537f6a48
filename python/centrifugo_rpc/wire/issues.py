"""The issues of an invalid value, by path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Sized
from typing import Any, TypeAlias, TypedDict, cast

from pydantic import ValidationError

Path: TypeAlias = list[int | str]

# The ways to read one location that are followed; with real field names there is one.
_MOST_READINGS = 16


class Issue(TypedDict):
    """One problem, as in the details of the errors 400 and 502."""

    path: Path
    """Keys and indexes from the value down to the problem."""
    message: str


def issues_of(error: ValidationError, data: Any) -> list[Issue]:
    """Returns the issues of ``data``, a decoded JSON value: one for each place.

    If all members of a union have failed, those that got deepest into the value are reported.
    """
    messages: dict[tuple[int | str, ...], list[str]] = {}
    for details in error.errors(include_url=False, include_context=False):
        location, target = details["loc"], details["input"]
        end: Path = []
        if details["type"] == "missing":
            location, end = location[:-1], [location[-1]]
        elif location[-1:] == ("[key]",):
            location, end, target = location[:-2], [target], None
        path = (*_path_of(data, location, target), *end)
        messages.setdefault(path, []).append(details["msg"])
    outer = {path[:length] for path in messages for length in range(len(path))}
    return [
        {"path": list(path), "message": "; ".join(dict.fromkeys(texts))}
        for path, texts in messages.items()
        if path not in outer
    ]


def describe(issues: Sequence[Issue]) -> str:
    """Returns the first issue as text, and the number of the others."""
    if not issues:
        return "invalid"
    first, *rest = issues
    place = ".".join(map(str, first["path"]))
    more = f" (and {len(rest)} more)" if rest else ""
    return f"{place}: {first['message']}{more}" if place else f"{first['message']}{more}"


def _path_of(data: Any, location: Iterable[int | str], target: Any) -> Path:
    """The path of a location of pydantic's, which has names of types between the keys.

    A step that can be either is a key if that leads to ``target``, the invalid value.
    """
    readings: list[tuple[Any, Path]] = [(data, [])]
    for step in location:
        inner = [
            (container[step], [*path, step])
            for container, path in readings
            if _has(container, step)
        ]
        readings = [*inner, *readings][:_MOST_READINGS]
    # Pydantic decoded the JSON itself: its values are equal to those of the data, not identical.
    return next((path for value, path in readings if value == target), readings[0][1])


def _has(container: Any, step: int | str) -> bool:
    if isinstance(container, dict):
        return step in container
    if isinstance(container, list) and isinstance(step, int):
        return step < len(cast("Sized", container))
    return False
