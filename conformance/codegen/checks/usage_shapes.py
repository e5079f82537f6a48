"""Calls methods of generated clients with all shapes: an exception fails the test."""

from __future__ import annotations

import asyncio
import warnings
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import client_aliases as aliases
import client_collections as collections
import client_combinations as combinations
import client_deprecations as deprecations
import client_errors as errors
import client_fieldnames as fieldnames
import client_formats as formats
import client_members as members
import client_open as openness
import client_toplevel as toplevel
from pydantic import BaseModel, ValidationError

ID = "0198c1f2-7b5e-7c3a-9d41-0a6f3c1e2b77"


class Rpc:
    """Stands in for the base client: gives what it is told to, or the params."""

    def __init__(self, reply: Any = ...) -> None:
        self.reply = reply
        self.sent: Any = None

    def watch_contract(self, contract: Any, on_mismatch: Any) -> None:
        pass

    async def call(self, method: str, params: Any, *, timeout: float | None = None) -> Any:
        self.sent = params
        if isinstance(self.reply, Exception):
            raise self.reply
        return params if self.reply is ... else self.reply


def called(package: Any, method: str, *params: Any, reply: Any = ...) -> tuple[Any, Any]:
    """What a method sends, and what it gives."""
    rpc = Rpc(reply)
    result = asyncio.run(getattr(package.APIClient(rpc), method)(*params))
    return rpc.sent, result


def echoed(package: Any, method: str, model: type[BaseModel], data: Any) -> Any:
    """The value of a method that gives back its params, after it went through both."""
    sent, result = called(package, method, model.model_validate(data))
    assert sent == data, sent
    return result


def issues(package: Any, method: str, *params: Any, reply: Any) -> Any:
    try:
        called(package, method, *params, reply=reply)
    except package.RPCError as error:
        assert error.code == package.ErrorCode.INVALID_RESULT
        return [issue["path"] for issue in error.details["issues"]]
    raise AssertionError(f"{method} takes {reply!r}")


# Formats: other values in Python, texts on the wire.
all_formats = formats.AllFormats(
    created_at=datetime(2026, 1, 2, 3, 4, 5, 120000, tzinfo=timezone.utc),
    day=date(2026, 1, 2),
    at=time(3, 4, 5),
    duration=timedelta(hours=1, minutes=30),
    id=UUID(ID),
    amount=Decimal("12.50"),
    sequence=2**63 - 1,
    size=2**64 - 1,
    data=b"\xfb\xff",
    token=b"\xfb\xff",
)
sent, result = called(formats, "formats_put", all_formats)
assert sent == {
    "created_at": "2026-01-02T03:04:05.12Z",
    "day": "2026-01-02",
    "at": "03:04:05",
    "duration": "PT1H30M",
    "id": ID,
    "amount": "12.50",
    "sequence": "9223372036854775807",
    "size": "18446744073709551615",
    "data": "+/8=",
    "token": "-_8",
}
assert result == all_formats
places = {
    "nullable": None,
    "both": None,
    "list": ["AA=="],
    "nested": [["9007199254740993"]],
    "map": {"a": "0.10"},
    "keyed": {"a": ID, "new": ID},
    "pair": ["2026-01-02", "1"],
    "many": [None, "2026-01-02T03:04:05+02:00"],
    "union": "9007199254740993",
    "kinds": ["-_8"],
}
echoed(formats, "formats_places", formats.FormatPlaces, places)
echoed(formats, "formats_places", formats.FormatPlaces, {**places, "union": 5, "kinds": True})
assert issues(
    formats,
    "formats_places",
    formats.FormatPlaces.model_validate(places),
    reply={**places, "nested": [["1", 2]], "many": ["2026-01-02T03:04:05"], "optional": None},
) == [["optional"], ["nested", 0, 1], ["many", 0]]
try:
    formats.FormatPlaces.model_validate({**places, "nullable": datetime(2026, 1, 2)})
except ValidationError as error:
    assert "timezone" in str(error)
else:
    raise AssertionError("a moment without a timezone is taken")
defaults = formats.FormatsDefaultsParams()
assert defaults.sequence == 9007199254740993
assert called(formats, "formats_defaults", defaults, reply={"count": 1})[0] == {}

# Tuples, maps and other fields.
collection = {
    "pair": ["a", 1],
    "mixed": [{"x": 1.5, "y": 2.0}, ["a"], None],
    "at_least_one": ["a", 1, 2],
    "nothing": [],
    "nested": [[1, 2], ["a", {"x": 0.5, "y": 0.5}]],
    "pairs": [["a", 0.5]],
    "by_level": {"low": 1, "new": 2},
    "points_by_level": {},
    "every_level": {"low": 1, "mid-high": 2, "2": 3},
    "by_number": {"1": "a"},
    "anonymous": {"north": {"open": True}},
    "loose": {"id": "a", "_x": [1, None], "model_dump": {}},
    "counted": {"name": "a", "total": 3},
    "pointed": {"name": "a", "from": {"x": 1.5, "y": 2.5}},
    "empty": {},
    "null_only": None,
    "anything": {"a": [None, 1.5]},
    "nullable_map": None,
}
result = echoed(collections, "collections_put", collections.Collections, collection)
assert result.at_least_one == ("a", 1, 2)
assert result.counted.__pydantic_extra__ == {"total": 3}
assert result.loose.model_extra == {"_x": [1, None], "model_dump": {}}
assert issues(
    collections,
    "collections_put",
    result,
    reply={**collection, "pair": ["a"], "counted": {"name": "a", "total": "3"}, "null_only": 0},
) == [["pair", 1], ["counted", "total"], ["null_only"]]

# Params and results of every type.
assert called(toplevel, "all_nothing", reply=None) == ({}, None)
assert called(toplevel, "all_nothing", reply={"new": 1}) == ({}, None)
sent, result = called(toplevel, "list_items", ["a"], reply=[{"id": "b"}])
assert (sent, result) == (["a"], [toplevel.Item(id="b")])
assert issues(toplevel, "list_items", ["a"], reply=[{"id": "b"}, {}]) == [[1, "id"]]
assert called(toplevel, "list_maybe", None, reply=None) == (None, None)
assert called(toplevel, "scalar_none", None, reply=None) == (None, None)
assert issues(toplevel, "scalar_none", None, reply=1) == [[]]
assert called(toplevel, "scalar_unknown", [1, None]) == ([1, None], [1, None])
assert called(toplevel, "format_large", 2**60, reply="AA==") == (str(2**60), b"\x00")
assert called(toplevel, "enum_anonymous", "a", reply=7) == ("a", 7)
assert issues(toplevel, "enum_anonymous", "a", reply=True) == [[]]
sent, result = called(toplevel, "tuple_pair", ("a", 1), reply=[{"id": "b"}, "c", "d"])
assert (sent, result) == (["a", 1], (toplevel.Item(id="b"), "c", "d"))
sent, result = called(toplevel, "union_shapes", toplevel.Dot(kind="dot"), reply={"kind": "new"})
assert sent == {"kind": "dot"}
assert result == toplevel.UnknownVariant({"kind": "new"})
assert called(toplevel, "object_optional", reply={})[0] == {}
for method, params in [("scalar_number", True), ("list_items", [1]), ("enum_anonymous", "c")]:
    try:
        called(toplevel, method, params)
    except ValidationError:
        continue
    raise AssertionError(f"{method} takes {params}")

# Errors that methods declare.
get = errors.TasksGetParams(id="a")
details = {"task_id": "a", "looked_in": "attic"}
try:
    called(errors, "tasks_get", get, reply=errors.RPCError(1001, "no such task", details))
except errors.TaskNotFound as error:
    assert error.details.task_id == "a"
    assert error.details.looked_in == "attic"
    assert error.code == errors.TaskNotFound.code == 1001
    assert isinstance(error, errors.RPCError)
edit = errors.TasksEditParams(id="a", title="b")
replies: list[tuple[int, Any, Any]] = [
    (1999, errors.TaskLocked, None),
    (1004, errors.Refused, "because"),
    (1004, errors.RPCError, {}),
    (1003, errors.EditConflicts, [{"field": "title", "value": 1}]),
    (1005, errors.RPCError, None),
]
for code, kind, raw in replies:
    try:
        called(errors, "tasks_edit", edit, reply=errors.RPCError(code, "text", raw))
    except errors.RPCError as error:
        assert type(error) is kind, error
    else:
        raise AssertionError("no error")
# An error of another method stays plain.
try:
    called(errors, "tasks_get", get, reply=errors.RPCError(1999, "locked"))
except errors.RPCError as error:
    assert type(error) is errors.RPCError

# What newer servers send.
event: dict[str, Any] = {"type": "created", "id": "a"}
listing: dict[str, Any] = {
    "status": "new",
    "size": 7,
    "ratio": 2.5,
    "mixed": True,
    "one": "only",
    "flag": True,
    "event": event,
    "events": [event, {"type": "new", "x": None}],
    "last": None,
    "versioned": {"version": 4, "x": 1},
    "toggle": {"on": True, "level": 1},
    "by_status": {"new": 1},
    "either": "text",
    "closed": "new",
    "zones": "new",
}
params = openness.EventsListParams(event=openness.Created(type="created", id="a"), size=1, only="a")
result = called(openness, "events_list", params, reply=listing)[1]
assert result.mixed is True
assert isinstance(result.events[0], openness.Created)
assert result.events[1].root == {"type": "new", "x": None}
assert result.model_dump(mode="json", exclude_unset=True) == listing
wrong = {
    "mixed": 0,
    "one": "other",
    "flag": 1,
    "event": {"type": "created"},
    "last": {"id": "a"},
    "toggle": {"on": 1},
}
assert issues(openness, "events_list", params, reply={**listing, **wrong}) == [
    ["mixed"],
    ["one"],
    ["flag"],
    ["event", "id"],
    ["last"],
    ["toggle"],
]

# Types that contain themselves, and unions that nothing tells apart.
nested = {"a": [None, 1.5, {"b": ["c", True]}]}
alias: dict[str, Any] = {
    "owner": "a",
    "members": ["a"],
    "teams": {"a": ["b"]},
    "maybe": None,
    "moment": "2026-01-02T03:04:05Z",
    "big": "9007199254740993",
    "pair": ["a", 1],
    "counts": {"a": 1},
    "anything": nested,
    "either": 1,
    "json": nested,
    "named_json": nested,
    "rows": [[], [[]]],
    "groups": {"a": {"b": {}}},
    "chain": ["a", ["b", None]],
    "expression": ["a", [1.5]],
    "optional_json": None,
}
echoed(aliases, "aliases_put", aliases.Aliases, alias)
assert called(aliases, "aliases_json", nested) == (nested, nested)
combination = {
    "payment": {"card": "a", "cvc": "b"},
    "payments": [{"iban": "a"}, {"card": "b"}],
    "person": {"nick": "a"},
    "lists": [1, 2],
    "anything": [{"card": "a"}],
    "placed": {"x": 1.5, "kind": "dot"},
    "user": {"id": ID, "created_at": "2026-01-02T03:04:05Z", "name": "a"},
    "labelled": {"a": "b", "c": "d"},
}
echoed(combinations, "combinations_put", combinations.Combinations, combination)

# Names: what is sent are those of the wire.
for package in (fieldnames, members):
    for model in vars(package).values():
        if isinstance(model, type) and issubclass(model, BaseModel):
            model.model_rebuild()
            wire = [f.serialization_alias or n for n, f in model.model_fields.items()]
            assert len(set(wire)) == len(wire)

# Deprecated methods warn, and so does reading deprecated fields.
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    called(deprecations, "old_reasoned", reply=None)
    point = {"x": 1}
    old = {"used": "a", "replaced": "b", "site": point, "own": point, "empty": "", "warned": "c"}
    result = deprecations.OldMethodResult.model_validate(old)
    assert result.model_dump(exclude_unset=True) == old
    assert [str(warning.message)[:10] for warning in caught] == ["use \"old.n"]
    assert result.replaced == "b"
    assert len(caught) == 2
