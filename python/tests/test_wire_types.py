from __future__ import annotations

import decimal
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from centrifugo_rpc import Base64, Base64Url, Decimal, Int64, Uint64

# A text on the wire, the value of Python, and the text that it is written as.
FORMS: list[tuple[Any, str, Any, str]] = [
    (Int64, "-9223372036854775808", -(2**63), "-9223372036854775808"),
    (Int64, "9223372036854775807", 2**63 - 1, "9223372036854775807"),
    (Uint64, "18446744073709551615", 2**64 - 1, "18446744073709551615"),
    (Decimal, "12.50", decimal.Decimal("12.50"), "12.50"),
    (Decimal, "1e3", decimal.Decimal("1E+3"), "1000"),
    (Base64, "aGk/", b"hi?", "aGk/"),
    (Base64, "", b"", ""),
    (Base64Url, "_-8", b"\xff\xef", "_-8"),
    (Base64Url, "_-8=", b"\xff\xef", "_-8"),
]


@pytest.mark.parametrize(("kind", "text", "value", "written"), FORMS)
def test_strings_and_values_are_accepted_and_encoded(
    kind: Any, text: str, value: Any, written: str
) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    assert adapter.validate_json(f'"{text}"', strict=True) == value
    assert adapter.validate_python(text) == value
    assert adapter.validate_python(value, strict=True) == value
    assert adapter.dump_json(value) == f'"{written}"'.encode()
    assert adapter.dump_python(value) == value


@pytest.mark.parametrize(
    ("kind", "json", "message"),
    [
        (Int64, "5", "Input should be a valid string"),
        (Int64, '"5.0"', "Input should be a whole number in decimal digits"),
        (Int64, '"9223372036854775808"', "Input should be a whole number from"),
        (Int64, '" 5"', "Input should be a whole number in decimal digits"),
        (Uint64, '"-1"', "Input should be a whole number from 0 to 18446744073709551615"),
        (Decimal, "1.5", "Input should be a valid string"),
        (Decimal, '"NaN"', "Input should be a decimal fraction like 12.50"),
        (Decimal, '"12e999"', "Input should have at most 1000 digits"),
        (Base64, '"?"', "Input should be base64 with padding"),
        (Base64, '"aGk"', "Input should be base64 with padding"),
        (Base64, '"é"', "Input should be base64 with padding"),
        (Base64Url, '"a"', "Input should be base64url"),
        (Base64Url, "null", "Input should be a valid string"),
    ],
)
def test_other_json_is_refused(kind: Any, json: str, message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_json(json, strict=True)
    (error,) = caught.value.errors()
    assert error["msg"].startswith(message)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Int64, 2**63),
        (Int64, True),
        (Int64, 1.0),
        (Uint64, -1),
        (Decimal, 1.5),
        (Decimal, decimal.Decimal("NaN")),
        (Base64, bytearray(b"hi")),
    ],
)
def test_other_values_are_refused(kind: Any, value: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


class Model(BaseModel):
    size: Uint64 = 0
    amount: Decimal = decimal.Decimal(0)


@pytest.mark.parametrize("wrong", [{"size": -1}, {"amount": decimal.Decimal("Infinity")}])
def test_unchecked_values_are_not_sent(wrong: Any) -> None:
    with pytest.raises(PydanticSerializationError):
        Model.model_construct(**wrong).model_dump_json()
