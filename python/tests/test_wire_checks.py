from __future__ import annotations

import decimal
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, RootModel

from centrifugo_rpc import Decimal, Int64
from centrifugo_rpc.handlers.params import decode_params
from centrifugo_rpc.handlers.registry import Method
from centrifugo_rpc.wire.issues import Issues


class Event(BaseModel):
    kind: Literal["event"] = "event"
    at: datetime


class Note(BaseModel):
    kind: Literal["note"] = "note"
    at: str


class Values(BaseModel):
    at: datetime | None = None
    day: date = Field(default=date(2026, 1, 1), alias="theDay")
    clock: time | None = None
    duration: timedelta | None = None
    id: UUID | None = None
    plain: decimal.Decimal = decimal.Decimal(0)
    amount: Decimal = decimal.Decimal(0)
    number: int = 0
    ratio: float = 0
    either: int | float = 0
    sequence: Int64 = 0
    anything: Any = None
    text: datetime | str = ""
    entries: list[Event | Note] = []
    by_day: dict[date, list[datetime]] = {}
    pair: tuple[int, datetime] | None = None
    inner: Values | None = None


def issues(params: Any, model: type[BaseModel] = Values) -> Any:
    method = Method(name="test", handler=handler, params=model, place="")
    outcome = decode_params(method, params)
    return outcome if isinstance(outcome, Issues) else []


async def handler() -> None: ...


NAIVE = "2026-01-31T12:00:00"
AWARE = "2026-01-31T12:00:00Z"


@pytest.mark.parametrize(
    ("params", "path"),
    [
        ({"at": NAIVE}, ["at"]),
        ({"at": "1767225600"}, ["at"]),
        ({"theDay": "1767225600"}, ["theDay"]),
        ({"duration": "1 day"}, ["duration"]),
        ({"duration": "12:30"}, ["duration"]),
        ({"duration": "-P1D"}, ["duration"]),
        ({"id": "0198c1f27b5e7c3a9d410a6f3c1e2b77"}, ["id"]),
        ({"plain": 1.5}, ["plain"]),
        ({"plain": "1_000"}, ["plain"]),
        ({"number": 2**53}, ["number"]),
        ({"number": -(2**53)}, ["number"]),
        ({"entries": [{"kind": "event", "at": AWARE}, {"kind": "event", "at": NAIVE}]},
         ["entries", 1, "at"]),
        ({"by_day": {"2026-01-31": [AWARE, NAIVE]}}, ["by_day", "2026-01-31", 1]),
        ({"by_day": {"1767225600": []}}, ["by_day", "1767225600"]),
        ({"pair": [2**53, AWARE]}, ["pair", 0]),
        ({"pair": [1, NAIVE]}, ["pair", 1]),
        ({"inner": {"inner": {"at": NAIVE}}}, ["inner", "inner", "at"]),
    ],
)  # fmt: skip
def test_values_that_the_contract_does_not_allow_are_refused(params: Any, path: list[Any]) -> None:
    assert [issue["path"] for issue in issues(params)] == [path]


@pytest.mark.parametrize(
    "params",
    [
        {"at": AWARE},
        {"at": "2026-01-31t12:00:00.123456789+05:30"},
        {"at": "2026-01-31T12:00Z"},
        {"at": None},
        {"clock": "12:30:00"},
        {"clock": "12:30:00.5+05:30"},
        {"duration": "P1DT2H3.5S"},
        {"duration": "PT0S"},
        {"duration": "P2W"},
        {"id": "0198C1F2-7B5E-7C3A-9D41-0A6F3C1E2B77"},
        {"plain": "-1.50", "amount": "1e5"},
        {"number": 2**53 - 1, "ratio": 2**60, "either": 2**60, "sequence": str(2**62)},
        {"anything": [NAIVE, 2**60]},
        {"text": NAIVE},
        {"entries": [{"kind": "note", "at": NAIVE}]},
        {"pair": [1, AWARE]},
        {"unknown": NAIVE},
    ],
)
def test_values_that_the_contract_allows_are_accepted(params: Any) -> None:
    assert issues(params) == []


def test_the_message_says_what_is_expected() -> None:
    message = "Input should be a date and time with an offset (RFC 3339)"
    assert issues(NAIVE, RootModel[datetime]) == [{"path": [], "message": message}]
    message = "Input should be an integer within ±9007199254740991"
    assert issues({"number": 10**20}) == [{"path": ["number"], "message": message}]


def test_models_are_checked_in_the_form_of_the_wire() -> None:
    assert issues(Values(at=datetime(2026, 1, 1)), Values) == [
        {"path": ["at"], "message": "Input should be a date and time with an offset (RFC 3339)"}
    ]


class Branch(BaseModel):
    kind: Literal["branch"]
    at: datetime | None = None
    inner: Branch | Leaf | None = None


class Leaf(BaseModel):
    kind: Literal["leaf"]
    at: datetime | str
    inner: Leaf | None = None


@pytest.mark.parametrize("model", [Values, RootModel[Leaf], RootModel[list[Values]]])
def test_deep_values_are_checked(model: type[BaseModel]) -> None:
    value: Any = {"kind": "leaf", "at": NAIVE}
    for _ in range(180):
        value = {"kind": "leaf", "at": AWARE, "inner": value}
    found = issues([value] if model is RootModel[list[Values]] else value, model)
    naive = 0 if model is RootModel[Leaf] else 1
    assert [issue["path"][-2:] for issue in found] == [["inner", "at"]] * naive


def test_a_union_in_a_union_is_checked_once() -> None:
    value: Any = {"kind": "leaf", "at": AWARE}
    for _ in range(14):
        value = {"kind": "branch", "at": AWARE, "inner": value}
    assert issues(value, RootModel[Branch | Leaf]) == []
