from __future__ import annotations

from typing import Any

import pytest

from centrifugo_rpc.schema.javascript import json_text


# What JSON.stringify of Node gives for each.
@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.0, "1"),
        (-0.0, "0"),
        (0.1, "0.1"),
        (-1.5, "-1.5"),
        (100.25, "100.25"),
        (0.000001, "0.000001"),
        (1e-7, "1e-7"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (1e20, "100000000000000000000"),
        (123456789012345680000.0, "123456789012345680000"),
        (1e21, "1e+21"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (2**53 - 1, "9007199254740991"),
        (2**60, "1152921504606847000"),
        (10**25, "1e+25"),
        ("é € 😀 \u2028\x7f", '"é € 😀 \u2028\x7f"'),
        ('"\\/\b\f\n\r\t\x00\x1f', '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f"'),
        ("\ud83d", '"\\ud83d"'),
        ([], "[]"),
        ({}, "{}"),
        ([1, [2]], "[\n  1,\n  [\n    2\n  ]\n]"),
        ({"b": {}, "1": [], "0": 1}, '{\n  "0": 1,\n  "1": [],\n  "b": {}\n}'),
        ({"4294967294": 1, "a": 2, "01": 3}, '{\n  "4294967294": 1,\n  "a": 2,\n  "01": 3\n}'),
        ({"4294967295": 1, "4": 2}, '{\n  "4": 2,\n  "4294967295": 1\n}'),
    ],
)
def test_values_are_written_as_javascript_writes_them(value: Any, text: str) -> None:
    assert json_text(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]])
def test_numbers_that_are_not_finite_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="is no number of JSON"):
        json_text(value)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no JSON"):
        json_text({"a": {1}})
