"""Each format: what its text on the wire means in Python, and what is written back."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from centrifugo_rpc_client import wire_types
from centrifugo_rpc_client.models import from_wire
from centrifugo_rpc_client.typed_calls import encode

UTC = timezone.utc
EAST = timezone(timedelta(hours=2))
WEST = timezone(-timedelta(hours=11, minutes=30))
SOON = datetime(2026, 1, 2, 3, 4, 5, 1)
ID = "0198c1f2-7b5e-7c3a-9d41-0a6f3c1e2b77"


def adapter(name: str) -> TypeAdapter[Any]:
    return TypeAdapter(getattr(wire_types, name))


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("Int64", "9223372036854775807", 2**63 - 1),
        ("Int64", "-9223372036854775808", -(2**63)),
        ("Int64", "0", 0),
        ("Uint64", "18446744073709551615", 2**64 - 1),
        ("Decimal", "12.50", Decimal("12.50")),
        ("Decimal", "-0.000000001", Decimal("-0.000000001")),
        ("Decimal", "123456789012345678901234567890", Decimal("123456789012345678901234567890")),
        ("Base64", "", b""),
        ("Base64", "+/8=", b"\xfb\xff"),
        ("Base64Url", "-_8", b"\xfb\xff"),
        ("Base64Url", "", b""),
        ("DateTime", "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("DateTime", "2026-01-02T03:04:05.12Z", datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=UTC)),
        ("DateTime", "2026-01-02T03:04:05.000001+02:00", SOON.replace(tzinfo=EAST)),
        ("DateTime", "0001-01-01T00:00:00-11:30", datetime(1, 1, 1, tzinfo=WEST)),
        ("Date", "2026-01-02", date(2026, 1, 2)),
        ("Date", "0001-01-01", date(1, 1, 1)),
        ("Time", "03:04:05", time(3, 4, 5)),
        ("Time", "03:04:05.5", time(3, 4, 5, 500000)),
        ("Time", "03:04:05Z", time(3, 4, 5, tzinfo=UTC)),
        ("Time", "03:04:05+02:00", time(3, 4, 5, tzinfo=EAST)),
        ("Duration", "PT0S", timedelta()),
        ("Duration", "P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        ("Duration", "P14D", timedelta(weeks=2)),
        ("Duration", "PT0.000001S", timedelta(microseconds=1)),
        ("Duration", "PT1H", timedelta(hours=1)),
        ("Uuid", ID, UUID(ID)),
    ],
)  # fmt: skip
def test_text_and_value(name: str, text: str, value: Any) -> None:
    read = from_wire(adapter(name), text)
    assert read == value
    assert type(read) is type(value)
    assert encode(value, adapter(name)) == text
    assert encode(read, adapter(name)) == text
    # Models take both forms from the application.
    assert adapter(name).validate_python(text) == value


@pytest.mark.parametrize(
    ("name", "text", "canonical"),
    [
        ("Decimal", "1.5e3", "1500"),
        ("Decimal", "1E-3", "0.001"),
        ("Base64Url", "-_8=", "-_8"),
        ("Uuid", ID.upper(), ID),
    ],
)
def test_text_of_another_form_is_written_in_the_canonical_one(
    name: str, text: str, canonical: str
) -> None:
    assert encode(from_wire(adapter(name), text), adapter(name)) == canonical


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DateTime", "2026-01-02t03:04:05z"),
        ("DateTime", "2026-01-02T03:04Z"),
        ("DateTime", "2026-01-02T03:04:05.100-00:00"),
        ("DateTime", "2026-01-02T03:04:05.123456789Z"),
        ("Time", "03:04"),
        ("Time", "03:04:05.270"),
        ("Duration", "P2W"),
        ("Duration", "PT90M"),
        ("Duration", "PT1,5S"),
        ("Duration", "P0Y0M1D"),
    ],
)
def test_what_is_not_changed_is_written_as_the_text_that_was_read(name: str, text: str) -> None:
    value = from_wire(adapter(name), text)
    copies = (value, copy.copy(value), copy.deepcopy([value])[0], pickle.loads(pickle.dumps(value)))
    for same in copies:
        assert encode(same, adapter(name)) == text


def test_what_is_changed_is_written_anew() -> None:
    at = from_wire(adapter("DateTime"), "2026-01-02T03:04:05.123456789Z")
    assert encode(at + timedelta(seconds=1), adapter("DateTime")) == "2026-01-02T03:04:06.123456Z"
    assert encode(at.replace(microsecond=0), adapter("DateTime")) == "2026-01-02T03:04:05Z"
    assert pickle.loads(pickle.dumps(at + timedelta(seconds=1))) == at + timedelta(seconds=1)
    clock = from_wire(adapter("Time"), "03:04")
    assert encode(clock.replace(hour=5), adapter("Time")) == "05:04:00"
    assert pickle.loads(pickle.dumps(clock.replace(hour=5))) == time(5, 4)
    assert encode(from_wire(adapter("Duration"), "P2W") * 2, adapter("Duration")) == "P28D"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Int64", "9223372036854775808"),
        ("Int64", "9" * 5000),
        ("Int64", "1.0"),
        ("Int64", " 1"),
        ("Int64", "01"),
        ("Int64", "1_000"),
        ("Int64", "\u0661"),
        ("Int64", ""),
        ("Uint64", "-1"),
        ("Decimal", "NaN"),
        ("Decimal", "1,5"),
        ("Decimal", "1e9999"),
        ("Decimal", ".5"),
        ("Base64", "+/8"),
        ("Base64", "-_8="),
        ("Base64", "+/8=\n"),
        ("Base64", "ä==="),
        ("Base64Url", "+/8"),
        ("Base64Url", "A"),
        ("DateTime", "2026-01-02T03:04:05"),
        ("DateTime", "2026-01-02"),
        ("DateTime", "2026-01-02 03:04:05Z"),
        ("DateTime", "2026-13-02T03:04:05Z"),
        ("DateTime", "10000-01-01T00:00:00Z"),
        ("DateTime", "0000-01-01T00:00:00Z"),
        ("DateTime", "1700000000"),
        ("DateTime", "2026-01-02T03:04:05+24:00"),
        ("Date", "2026-02-30"),
        ("Date", "20260102"),
        ("Date", "2026-01-02T00:00:00Z"),
        ("Time", "25:00:00"),
        ("Time", "3:04:05"),
        ("Duration", "P"),
        ("Duration", "PT"),
        ("Duration", "-P1D"),
        ("Duration", "P1M"),
        ("Duration", "P99999999999999999999D"),
        ("Duration", "1 day"),
        ("Uuid", ID.replace("-", "")),
        ("Uuid", f"{{{ID}}}"),
    ],
)
def test_text_that_is_refused(name: str, text: str) -> None:
    with pytest.raises(ValidationError):
        from_wire(adapter(name), text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Int64", 2**63),
        ("Int64", True),
        ("Int64", 1.0),
        ("Uint64", -1),
        ("Decimal", 1),
        ("Decimal", 1.5),
        ("Decimal", Decimal("NaN")),
        ("Decimal", Decimal("-Infinity")),
        ("Decimal", Decimal("1E+999999")),
        ("Base64", bytearray(b"x")),
        ("DateTime", datetime(2026, 1, 2, 3, 4, 5)),
        ("DateTime", date(2026, 1, 2)),
        ("Date", datetime(2026, 1, 2, tzinfo=UTC)),
        ("Duration", timedelta(seconds=-1)),
        ("Duration", 5),
        ("Uuid", 5),
    ],
)
def test_value_that_cannot_be_sent_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        adapter(name).validate_python(value)
    with pytest.raises(PydanticSerializationError):
        adapter(name).dump_python(value, mode="json", warnings="error")


def test_a_number_on_the_wire_is_no_int64() -> None:
    with pytest.raises(ValidationError, match="should be a valid string"):
        from_wire(adapter("Int64"), 5)


def test_an_offset_with_seconds_is_sent_in_utc() -> None:
    local = datetime(1900, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28)))
    assert encode(local, adapter("DateTime")) == "1899-12-31T23:06:32Z"


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("Str", "text", "text"),
        ("Str", "\ud83d", "\ud83d"),
        ("Bool", True, True),
        ("Int", 5, 5),
        ("Int", 1.0, 1),
        ("Int", json.loads("1e3"), 1000),
        ("Int", -(2**53 - 1), -(2**53 - 1)),
        ("Float", 1, 1.0),
        ("Float", 0.5, 0.5),
        ("Float", 2**60, float(2**60)),
        ("MapKey", "a", "a"),
    ],
)
def test_scalar(name: str, value: Any, read: Any) -> None:
    found = from_wire(adapter(name), value)
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Str", 5),
        ("Str", b"text"),
        ("Bool", 1),
        ("Bool", "true"),
        ("Int", True),
        ("Int", "5"),
        ("Int", 1.5),
        ("Int", 2**53),
        ("Int", 1e300),
        ("Int", float("inf")),
        ("Float", True),
        ("Float", "1.5"),
        ("Float", float("nan")),
        ("Float", float("inf")),
        ("Float", 10**400),
        ("MapKey", "\ud83d"),
    ],
)
def test_scalar_of_another_kind_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        adapter(name).validate_python(value)
