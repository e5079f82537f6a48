"""Types of fields that are a string with a format on the wire and another type in Python.

    class Upload(BaseModel):
        size: Uint64
        data: Base64

They accept the Python value and its string; from JSON, the string only. Pydantic itself has the
formats of ``datetime``, ``date``, ``time``, ``timedelta`` and ``UUID``.
"""

from __future__ import annotations

import base64
import decimal
import re
from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    Strict,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,19})")
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,3})?")
_MOST_DECIMAL_DIGITS = 1000
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def _wrong(reason: str) -> PydanticCustomError:
    return PydanticCustomError("wire_format", "{reason}", {"reason": reason})


def _from_text(read: Callable[[str], object]) -> BeforeValidator:
    def validate(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, str):
            return read(value)
        if info.mode == "json":
            raise _wrong("Input should be a valid string")
        return value

    return BeforeValidator(validate)


def _to_text(write: Callable[[Any], str]) -> PlainSerializer:
    return PlainSerializer(write, return_type=str, when_used="json")


def _text(name: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": name})


def _bytes(name: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": name, "contentEncoding": name})


def _whole_from_text(text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise _wrong("Input should be a whole number in decimal digits")
    return int(text)


def _within(lowest: int, highest: int) -> Callable[[int], int]:
    def check(value: int) -> int:
        if not lowest <= value <= highest:
            raise _wrong(f"Input should be a whole number from {lowest} to {highest}")
        return value

    return check


def _whole_to_text(check: Callable[[int], int]) -> Callable[[int], str]:
    return lambda value: str(check(value))


def _decimal_from_text(text: str) -> decimal.Decimal:
    if not _DECIMAL.fullmatch(text):
        raise _wrong("Input should be a decimal fraction like 12.50")
    return decimal.Decimal(text)


def _checked_decimal(value: decimal.Decimal) -> decimal.Decimal:
    _, digits, exponent = value.as_tuple()
    # Written without its exponent, a number like 1E+999999 would fill the memory.
    if len(digits) + abs(int(exponent)) > _MOST_DECIMAL_DIGITS:
        raise _wrong(f"Input should have at most {_MOST_DECIMAL_DIGITS} digits")
    return value


def decimal_to_text(value: decimal.Decimal) -> str:
    """Returns a decimal fraction as text without an exponent.

    Raises:
        PydanticCustomError: The number is not finite or has too many digits.
    """
    if not value.is_finite():
        raise _wrong("a decimal fraction must be finite")
    return format(_checked_decimal(value), "f")


def _bytes_from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise _wrong("Input should be base64 with padding") from None


def _bytes_to_base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _bytes_from_base64url(text: str) -> bytes:
    digits = text.rstrip("=")
    if not _BASE64URL.fullmatch(text) or len(digits) % 4 == 1:
        raise _wrong("Input should be base64url")
    return base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4))


def _bytes_to_base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


_int64 = _within(-(2**63), 2**63 - 1)
_uint64 = _within(0, 2**64 - 1)

Int64: TypeAlias = Annotated[
    int,
    Strict(),
    AfterValidator(_int64),
    _from_text(_whole_from_text),
    _to_text(_whole_to_text(_int64)),
    _text("int64"),
]
"""A signed whole number of 64 bits, in decimal digits on the wire."""

Uint64: TypeAlias = Annotated[
    int,
    Strict(),
    AfterValidator(_uint64),
    _from_text(_whole_from_text),
    _to_text(_whole_to_text(_uint64)),
    _text("uint64"),
]
"""An unsigned whole number of 64 bits, in decimal digits on the wire."""

Decimal: TypeAlias = Annotated[
    decimal.Decimal,
    Strict(),
    AfterValidator(_checked_decimal),
    _from_text(_decimal_from_text),
    _to_text(decimal_to_text),
    _text("decimal"),
]
"""A finite decimal fraction, without an exponent on the wire."""

Base64: TypeAlias = Annotated[
    bytes,
    Strict(),
    _from_text(_bytes_from_base64),
    _to_text(_bytes_to_base64),
    _bytes("base64"),
]
"""Bytes, as base64 with padding on the wire (RFC 4648, section 4)."""

Base64Url: TypeAlias = Annotated[
    bytes,
    Strict(),
    _from_text(_bytes_from_base64url),
    _to_text(_bytes_to_base64url),
    _bytes("base64url"),
]
"""Bytes, as base64url without padding on the wire (RFC 4648, section 5)."""
