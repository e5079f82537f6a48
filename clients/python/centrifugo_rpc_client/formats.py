"""Readers and writers of the strings that represent other values in JSON.

They raise ``ValueError`` with a sentence for what the format cannot hold. They are strict: a string
that another language would read differently, or not at all, is rejected.
"""

from __future__ import annotations

import base64
import re
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)
# 64 bits have 20 digits at most; a longer text is rejected without reading the number.
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,19})")
_DECIMAL = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]{1,3})?")
_MOST_DECIMAL_DIGITS = 1000

_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HOURS = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
# Schema libraries allow a time without seconds.
_CLOCK = rf"({_HOURS})(?::([0-5][0-9])(?:\.([0-9]+))?)?"
_OFFSET = rf"[Zz]|[+-]{_HOURS}"
_DATE_TIME = re.compile(rf"({_DATE})[Tt]{_CLOCK}({_OFFSET})")
_TIME = re.compile(rf"(){_CLOCK}({_OFFSET})?")
_DURATION = re.compile(
    r"P(?=.)(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)W)?(?:([0-9]+)D)?"
    r"(?:T(?=.)(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:[.,]([0-9]+))?S)?)?"
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*={0,2}")


def read_int64(text: str) -> int:
    """Reads a signed whole number of 64 bits from decimal digits."""
    return _read_whole(text, _INT64)


def write_int64(value: int) -> str:
    """Writes a signed whole number of 64 bits in decimal digits."""
    return _write_whole(value, _INT64)


def read_uint64(text: str) -> int:
    """Reads an unsigned whole number of 64 bits from decimal digits."""
    return _read_whole(text, _UINT64)


def write_uint64(value: int) -> str:
    """Writes an unsigned whole number of 64 bits in decimal digits."""
    return _write_whole(value, _UINT64)


def read_decimal(text: str) -> Decimal:
    """Reads a decimal fraction; it keeps its zeros at the end."""
    if not _DECIMAL.fullmatch(text):
        raise ValueError("Input should be a decimal fraction like 12.50")
    return Decimal(text)


def write_decimal(value: Decimal) -> str:
    """Writes a finite decimal fraction, without an exponent."""
    if not value.is_finite():
        raise ValueError("Input should be a finite decimal fraction")
    _, digits, exponent = value.as_tuple()
    # Without its exponent, a number like 1E+999999 would fill the memory.
    if len(digits) + abs(int(exponent)) > _MOST_DECIMAL_DIGITS:
        raise ValueError(f"Input should have at most {_MOST_DECIMAL_DIGITS} digits")
    return format(value, "f")


def read_base64(text: str) -> bytes:
    """Reads bytes from base64 with padding (RFC 4648, section 4)."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("Input should be base64 with padding") from None


def write_base64(value: bytes) -> str:
    """Writes bytes as base64 with padding."""
    return base64.b64encode(value).decode("ascii")


def read_base64url(text: str) -> bytes:
    """Reads bytes from base64url, with or without padding (RFC 4648, section 5)."""
    digits = text.rstrip("=")
    if not _BASE64URL.fullmatch(text) or len(digits) % 4 == 1:
        raise ValueError("Input should be base64url")
    return base64.urlsafe_b64decode(digits + "=" * (-len(digits) % 4))


def write_base64url(value: bytes) -> str:
    """Writes bytes as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


class _DateTimeText(datetime):
    """A moment that is sent back as the text in which it arrived.

    So are digits after the microseconds. What is computed from it, as by ``replace``, has no text.
    """

    text: str | None = None

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (read_date_time, (self.text,)) if self.text else super().__reduce_ex__(protocol)


class _TimeText(time):
    """The same for a time of day."""

    text: str | None = None

    def __reduce_ex__(self, protocol: Any) -> Any:
        return (read_time, (self.text,)) if self.text else super().__reduce_ex__(protocol)


class _DurationText(timedelta):
    """The same for a duration."""

    text: str | None = None

    def __reduce__(self) -> Any:
        return (read_duration, (self.text,)) if self.text else super().__reduce__()


def read_date_time(text: str) -> datetime:
    """Reads a moment with an offset (RFC 3339)."""
    match = _DATE_TIME.fullmatch(text)
    if not match:
        raise ValueError("Input should be a date and time with an offset (RFC 3339)")
    value = datetime.fromisoformat(_iso_text(match))
    if write_date_time(value) == text:
        return value
    kept = _DateTimeText.fromisoformat(_iso_text(match))
    kept.text = text
    return kept


def write_date_time(value: datetime) -> str:
    """Writes a moment as RFC 3339: ``Z`` for UTC, no zeros at the end of the fraction."""
    if isinstance(value, _DateTimeText) and value.text:
        return value.text
    offset = value.utcoffset()
    if offset is None:
        raise ValueError("Input should have a timezone, as datetime.now(timezone.utc) has")
    if offset % timedelta(minutes=1):  # RFC 3339 has no seconds in an offset
        value, offset = value.astimezone(timezone.utc), timedelta()
    return _without_zeros(value.replace(tzinfo=None)) + _offset_text(offset)


def read_date(text: str) -> date:
    """Reads a day, as in 2026-11-23."""
    if not re.fullmatch(_DATE, text):
        raise ValueError("Input should be a date (YYYY-MM-DD)")
    return date.fromisoformat(text)


def write_date(value: date) -> str:
    """Writes a day, as in 2026-11-23."""
    if isinstance(value, datetime):
        raise ValueError("Input should be a date without a time")
    return value.isoformat()


def read_time(text: str) -> time:
    """Reads a time of day, with or without an offset."""
    match = _TIME.fullmatch(text)
    if not match:
        raise ValueError("Input should be a time (HH:MM:SS)")
    value = time.fromisoformat(_iso_text(match))
    if write_time(value) == text:
        return value
    kept = _TimeText.fromisoformat(_iso_text(match))
    kept.text = text
    return kept


def write_time(value: time) -> str:
    """Writes a time of day, without zeros at the end of the fraction."""
    if isinstance(value, _TimeText) and value.text:
        return value.text
    offset = value.utcoffset()
    text = _without_zeros(value.replace(tzinfo=None))
    return text if offset is None else text + _offset_text(offset)


def read_duration(text: str) -> timedelta:
    """Reads a duration (ISO 8601) of weeks, days, hours, minutes and seconds."""
    match = _DURATION.fullmatch(text)
    if not match:
        raise ValueError("Input should be a duration like P1DT2H30M (ISO 8601)")
    *parts, fraction = match.groups(default="0")
    years, months, weeks, days, hours, minutes, seconds = map(int, parts)
    if years or months:
        raise ValueError("Input should be a duration without years and months: they vary in length")
    kept = _DurationText(
        weeks=weeks,
        days=days,
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        microseconds=int(_microseconds(fraction)),
    )
    value = timedelta(kept.days, kept.seconds, kept.microseconds)
    if write_duration(value) == text:
        return value
    kept.text = text
    return kept


def write_duration(value: timedelta) -> str:
    """Writes a duration as days, hours, minutes and seconds (ISO 8601)."""
    if isinstance(value, _DurationText) and value.text:
        return value.text
    if value < timedelta():
        raise ValueError("Input should be a duration of zero or more")
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{value.microseconds:06}".rstrip("0").rstrip(".")
    days = f"{value.days}D" if value.days else ""
    clock = "".join(
        f"{amount}{unit}"
        for amount, unit in ((hours, "H"), (minutes, "M"), (f"{seconds}{fraction}", "S"))
        if amount not in (0, "0")
    )
    return f"P{days}T{clock}" if clock else f"P{days or 'T0S'}"


def read_uuid(text: str) -> UUID:
    """Reads a UUID, as in 0198c1f2-7b5e-7c3a-9d41-0a6f3c1e2b77."""
    if not _UUID.fullmatch(text):
        raise ValueError("Input should be a UUID")
    return UUID(text)


def write_uuid(value: UUID) -> str:
    """Writes a UUID in lower case."""
    return str(value)


def _read_whole(text: str, numbers: range) -> int:
    if not _WHOLE.fullmatch(text) or int(text) not in numbers:
        raise ValueError(_whole_expected(numbers))
    return int(text)


def _write_whole(value: int, numbers: range) -> str:
    if isinstance(value, bool) or value not in numbers:
        raise ValueError(_whole_expected(numbers))
    return str(int(value))


def _whole_expected(numbers: range) -> str:
    return f"Input should be a whole number from {numbers[0]} to {numbers[-1]}, in decimal digits"


def _iso_text(match: re.Match[str]) -> str:
    """The text in a form that ``fromisoformat`` of every Python version reads."""
    day, minutes, seconds, fraction, offset = match.groups()
    start = f"{day}T" if day else ""
    end = "+00:00" if offset in ("Z", "z") else offset or ""
    return f"{start}{minutes}:{seconds or '00'}.{_microseconds(fraction or '')}{end}"


def _microseconds(fraction: str) -> str:
    return fraction[:6].ljust(6, "0")


def _without_zeros(value: datetime | time) -> str:
    return value.isoformat(timespec="microseconds").rstrip("0").rstrip(".")


def _offset_text(offset: timedelta) -> str:
    if not offset:
        return "Z"
    hours, minutes = divmod(abs(offset) // timedelta(minutes=1), 60)
    return f"{'-' if offset < timedelta() else '+'}{hours:02}:{minutes:02}"
