from __future__ import annotations

import decimal
import json
import math
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from centrifugo_rpc.wire.encoding import EncodingError, encode_json, encode_model


class Item(BaseModel):
    model_config = ConfigDict(serialize_by_alias=False)

    number: int = Field(default=0, serialization_alias="theNumber")
    ratio: float | None = None
    at: datetime | None = None
    anything: Any = None


class Items(BaseModel):
    items: list[Item] = []
    by_id: dict[int, Item] = {}
    pair: tuple[Item, float] | None = None


class Constants(BaseModel):
    model_config = ConfigDict(ser_json_inf_nan="constants")
    ratio: float


def refused(value: BaseModel) -> list[Any]:
    with pytest.raises(EncodingError) as caught:
        encode_model("result", type(value), value)
    return [issue["path"] for issue in caught.value.issues]


def test_a_model_is_sent_with_the_names_of_the_wire() -> None:
    item = Item(number=1, at=datetime(2026, 1, 1, tzinfo=timezone.utc))
    instance, json = encode_model("result", Item, item)
    assert instance is item
    assert json == (b'{"theNumber":1,"ratio":null,"at":"2026-01-01T00:00:00Z","anything":null}')


@pytest.mark.parametrize("number", [2**53, -(2**53), 10**30])
def test_an_integer_that_javascript_cannot_read_exactly_is_refused(number: int) -> None:
    assert refused(Items(items=[Item(), Item(number=number)])) == [["items", 1, "theNumber"]]
    assert refused(Item(anything={"a": [number]})) == [["anything", "a", 0]]
    with pytest.raises(EncodingError, match=r"result: theNumber: an integer beyond .* type Int64"):
        encode_model("result", Item, Item(number=number))


@pytest.mark.parametrize("number", [2**53 - 1, -(2**53 - 1)])
def test_an_integer_that_javascript_can_read_is_sent(number: int) -> None:
    assert str(number).encode() in encode_model("result", Item, Item(number=number))[1]


def test_digits_in_strings_are_not_integers() -> None:
    item = Item(anything="12345678901234567890", ratio=1e30)
    assert b"12345678901234567890" in encode_model("result", Item, item)[1]


@pytest.mark.parametrize("ratio", [math.nan, math.inf, -math.inf])
def test_floats_that_json_cannot_represent_are_refused(ratio: float) -> None:
    assert refused(Items(by_id={7: Item(ratio=ratio)})) == [["by_id", "7", "ratio"]]
    assert refused(Items(pair=(Item(), ratio))) == [["pair", 1]]
    assert refused(Constants(ratio=ratio)) == [["ratio"]]
    assert refused(RootModel[list[float]]([ratio])) == [[0]]


def test_null_is_sent() -> None:
    assert b"null" in encode_model("result", Item, Item())[1]


def test_a_datetime_without_a_time_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1, 12, 30, 0, 5)
    assert refused(Items(items=[Item(at=naive)])) == [["items", 0, "at"]]
    assert refused(Item(anything=naive)) == [["anything"]]
    with pytest.raises(
        EncodingError, match=r"at: a datetime without a time zone: use datetime\.now"
    ):
        encode_model("result", Item, Item(at=naive))


def test_a_string_that_looks_like_a_datetime_is_sent() -> None:
    item = Item(anything="2026-01-01T12:30:00")
    assert b'"2026-01-01T12:30:00"' in encode_model("result", Item, item)[1]


class Sums(BaseModel):
    sums: list[decimal.Decimal] = []
    by_name: dict[str, timedelta] = {}
    anything: Any = None


@pytest.mark.parametrize(
    ("value", "text"), [("1E+2", "100"), ("0E-7", "0.0000000"), ("-1.5E-3", "-0.0015")]
)
def test_a_decimal_fraction_is_sent_without_an_exponent(value: str, text: str) -> None:
    sums = Sums(sums=[decimal.Decimal(value)], anything={"a": decimal.Decimal(value)})
    assert json.loads(encode_model("result", Sums, sums)[1]) == {
        "sums": [text],
        "by_name": {},
        "anything": {"a": text},
    }
    assert encode_json("the data", [decimal.Decimal(value)]) == f'["{text}"]'.encode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (timedelta(days=400, hours=5), "P400DT5H"),
        (timedelta(days=730), "P730D"),
        (timedelta(days=364), "P364D"),
    ],
)
def test_a_duration_is_sent_without_years(value: timedelta, text: str) -> None:
    sums = Sums(by_name={"a": value})
    assert json.loads(encode_model("result", Sums, sums)[1])["by_name"] == {"a": text}


def test_numbers_and_durations_that_clients_cannot_read_are_refused() -> None:
    for number in ("NaN", "-Infinity", "1E+9999"):
        sums = Sums.model_construct(sums=[decimal.Decimal(1), decimal.Decimal(number)])
        assert refused(sums) == [["sums", 1]]
    assert refused(Sums(by_name={"a": timedelta(seconds=-1)})) == [["by_name", "a"]]
    with pytest.raises(EncodingError, match=r"anything: a negative duration: clients read"):
        encode_model("result", Sums, Sums(anything=timedelta(days=-400)))


def test_strings_that_look_like_numbers_and_durations_stay() -> None:
    texts = ["1E+2", "P1Y", "-P1D", "NaN"]
    assert json.loads(encode_model("result", Sums, Sums(anything=texts))[1])["anything"] == texts


def test_a_changed_instance_is_checked() -> None:
    item = Item()
    item.number = "many"  # type: ignore[assignment]
    with pytest.raises(EncodingError, match="Expected `int`"):
        encode_model("result", Item, item)


def test_the_message_about_a_changed_instance_does_not_quote_its_values() -> None:
    items = Items.model_construct(items=[{"password": "hunter2, input_type=x"}], pair="hunter2")
    with pytest.raises(EncodingError, match="field_name='items', input_type=dict") as raised:
        encode_model("result of m", Items, items)
    assert "hunter2" not in str(raised.value)


def test_an_invalid_value_is_refused_with_its_path() -> None:
    with pytest.raises(EncodingError, match=r"^result: items.1.ratio: Input should be a valid"):
        encode_model("result", Items, {"items": [{}, {"ratio": "x"}]})


@pytest.mark.parametrize(
    "value", [object(), {"a": {1: object()}}, math.nan, [math.inf], 2**53, datetime(2026, 1, 1)]
)
def test_values_that_json_cannot_represent_are_refused(value: object) -> None:
    with pytest.raises(EncodingError, match=r"^the data: "):
        encode_json("the data", value)


def test_a_value_that_contains_itself_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(EncodingError, match=r"[Cc]ircular"):
        encode_json("the data", value)
