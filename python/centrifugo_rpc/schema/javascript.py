"""JSON as JavaScript writes it, so that contracts of both languages are the same bytes."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from math import isfinite
from typing import Any

from typing_extensions import TypeIs

_LARGEST_INT = 2**53 - 1
_LARGEST_INDEX = 2**32 - 2
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def is_object(value: object) -> TypeIs[dict[str, Any]]:
    """Tells whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeIs[list[Any]]:
    """Tells whether a JSON value is a list."""
    return isinstance(value, list)


def json_text(value: object) -> str:
    """Writes a JSON value as ``JSON.stringify(value, null, 2)`` does.

    Raises:
        ValueError: A number is not finite.
        TypeError: A value is none of JSON.
    """
    return _text(value, "\n")


def in_javascript_order(value: Any) -> Any:
    """Gives a copy of a JSON value with the keys of its objects in the order of JavaScript.

    Keys that are indices of an array come first, ascending; the others stay in theirs.
    """
    if is_list(value):
        return [in_javascript_order(item) for item in value]
    if not is_object(value):
        return value
    indices = sorted((key for key in value if _is_index(key)), key=int)
    others = (key for key in value if not _is_index(key))
    return {key: in_javascript_order(value[key]) for key in (*indices, *others)}


def _is_index(key: str) -> bool:
    return bool(re.fullmatch(r"0|[1-9][0-9]{0,9}", key)) and int(key) <= _LARGEST_INDEX


def _text(value: object, newline: str) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        text = json.dumps(str(value), ensure_ascii=False)
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
    if isinstance(value, (int, float)):
        return _number(value)
    inner = f"{newline}  "
    if is_list(value):
        items = [inner + _text(item, inner) for item in value]
        return f"[{','.join(items)}{newline}]" if items else "[]"
    if is_object(value):
        entries = in_javascript_order(value).items()
        fields = [f"{inner}{_text(key, inner)}: {_text(item, inner)}" for key, item in entries]
        return f"{{{','.join(fields)}{newline}}}" if fields else "{}"
    raise TypeError(f"{type(value).__name__} is no JSON")


def _number(value: float) -> str:
    """https://tc39.es/ecma262/#sec-numeric-types-number-tostring."""
    if isinstance(value, int) and abs(value) <= _LARGEST_INT:
        return str(int(value))
    number = float(value)
    if not isfinite(number):
        raise ValueError(f"{number} is no number of JSON")
    if number == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(number)).normalize().as_tuple()
    text = "".join(map(str, digits))
    point = len(text) + int(exponent)
    return ("-" if sign else "") + _with_point(text, point)


def _with_point(digits: str, point: int) -> str:
    """Puts the decimal point before the digit of that index."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{digits[0]}{fraction}e{'+' if point > 0 else '-'}{abs(point - 1)}"
