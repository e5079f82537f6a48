"""The parts of generated models, put together as the generator does."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeAlias

import pytest
from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypeAliasType, Unpack

from centrifugo_rpc_client.errors import ErrorCode, RPCError
from centrifugo_rpc_client.models import (
    BestOf,
    Omittable,
    OneOf,
    OpenModel,
    RPCModel,
    TaggedBy,
    UnknownVariant,
    VariadicTuple,
)
from centrifugo_rpc_client.typed_calls import ADAPTER, decode, encode
from centrifugo_rpc_client.wire_types import DateTime, Float, Int, Int64, MapKey, Str

from .decoding import issues

Level: TypeAlias = Annotated[Literal[1, 2], OneOf()]
State: TypeAlias = Literal["open", "closed"] | Str


class Task(RPCModel):
    from_: Str = Field(validation_alias="from", serialization_alias="from")
    limit: Int = 20
    note: Omittable[Str] = None
    owner: Str | None
    size: Int | None = None
    state: Omittable[State] = None
    children: Omittable[list[Task]] = None


class Counts(OpenModel):
    __pydantic_extra__: dict[str, Int64] = Field(init=False)
    from_: Str = Field(validation_alias="from", serialization_alias="from")


class Circle(RPCModel):
    kind: Literal["circle"]
    radius: Float
    inner: Omittable[Shape] = None


class Square(RPCModel):
    kind: Literal["square", "box"]
    side: Float


class Drawing(RPCModel):
    shape: Shape
    closed: Omittable[ClosedShape] = None
    switch: Omittable[Switch] = None
    anything: Omittable[Annotated[Str | list[Int] | Point | Point3, BestOf]] = None


class On(RPCModel):
    on: Annotated[Literal[True], OneOf()]
    level: Level


class One(RPCModel):
    on: Annotated[Literal[1], OneOf()]


class Point(RPCModel):
    x: Int


class Point3(RPCModel):
    x: Int
    z: Int


Shape: TypeAlias = Annotated[Circle | Square | UnknownVariant, TaggedBy("kind")]
ClosedShape: TypeAlias = Annotated[Circle | Square, TaggedBy("kind")]
Switch: TypeAlias = Annotated[On | One, TaggedBy("on")]
Json = TypeAliasType("Json", "Str | Float | bool | list[Json] | dict[MapKey, Json] | None")

CIRCLE = {"kind": "circle", "radius": 1.0}
WHOLE = {"from": "a", "owner": None}


def round_trip(kind: Any, data: Any) -> Any:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    return encode(decode(adapter, data), adapter)


class TestFields:
    def test_only_what_was_set_is_sent(self) -> None:
        assert encode(Task(from_="a", owner=None)) == WHOLE
        assert encode(Task(from_="a", owner=None, limit=20, size=None)) == {
            **WHOLE,
            "limit": 20,
            "size": None,
        }

    def test_none_leaves_out_what_cannot_be_null(self) -> None:
        task = Task(from_="a", owner="b", note=None, state=None)
        assert encode(task) == {"from": "a", "owner": "b"}
        task.note = "x"
        assert encode(task)["note"] == "x"

    def test_absent_and_null_are_told_apart(self) -> None:
        assert "size" not in decode(Task, WHOLE).model_fields_set
        assert "size" in decode(Task, {**WHOLE, "size": None}).model_fields_set

    def test_null_for_what_cannot_be_null_is_an_issue(self) -> None:
        assert issues(Task, {**WHOLE, "note": None}) == [
            {"path": ["note"], "message": "Input should not be null"}
        ]

    def test_on_the_wire_a_field_has_only_its_name_there(self) -> None:
        assert issues(Task, {"from_": "a", "owner": None}) == [
            {"path": ["from"], "message": "Field required"}
        ]

    def test_unknown_fields_are_kept(self) -> None:
        data = {**WHOLE, "new": 1, "from_": 2, "children": [{**WHOLE, "new": {"a": [None]}}]}
        task = decode(Task, data)
        assert task.from_ == "a"
        assert task.model_extra == {"new": 1, "from_": 2}
        assert encode(task) == data

    def test_assigned_values_are_checked(self) -> None:
        task = Task(from_="a", owner=None)
        with pytest.raises(ValidationError):
            task.limit = "many"  # type: ignore[assignment]

    def test_an_open_enum_keeps_what_it_does_not_know(self) -> None:
        assert decode(Task, {**WHOLE, "state": "paused"}).state == "paused"
        assert issues(Task, {**WHOLE, "state": 5})[0]["path"] == ["state"]

    def test_a_default_that_was_changed_in_place_is_refused(self) -> None:
        task = Task(from_="a", owner=None, children=[])
        assert task.children is not None
        task.children.append("x")  # type: ignore[arg-type]
        with pytest.raises(RPCError, match="cannot be sent") as caught:
            encode(task)
        assert caught.value.code == ErrorCode.INVALID_PARAMS
        assert caught.value.details["issues"][0]["path"] == []

    def test_a_cycle_is_refused(self) -> None:
        task = Task(from_="a", owner=None, children=[])
        assert task.children is not None
        task.children.append(task)
        with pytest.raises(RPCError, match="Circular reference"):
            encode(task)

    def test_issues_have_the_path_on_the_wire(self) -> None:
        data = {"from": 1, "owner": None, "children": [WHOLE, {"from": "b", "owner": 5}]}
        assert issues(Task, data) == [
            {"path": ["from"], "message": "Input should be a valid string"},
            {"path": ["children", 1, "owner"], "message": "Input should be a valid string"},
        ]
        with pytest.raises(RPCError, match=r"contract: result\.from: Input .* \(and 1 more\)"):
            decode(Task, data)

    def test_issues_are_the_first_20(self) -> None:
        children: list[dict[str, Any]] = [{}] * 15
        with pytest.raises(RPCError, match=r"\(and 29 more\)") as caught:
            decode(Task, {**WHOLE, "children": children})
        assert len(caught.value.details["issues"]) == 20


class TestOpenModel:
    def test_other_fields_are_kept_and_have_a_type(self) -> None:
        data = {"from": "a", "from_": "1", "_x": "2", "copy": "3", "": "4"}
        counts = decode(Counts, data)
        assert counts.from_ == "a"
        assert counts.__pydantic_extra__ == {"from_": 1, "_x": 2, "copy": 3, "": 4}
        assert encode(counts) == data
        assert issues(Counts, {"from": "a", "x": "?"})[0]["path"] == ["x"]

    def test_other_fields_can_be_set(self) -> None:
        counts = Counts(from_="a")
        counts.__pydantic_extra__["total"] = 2**60
        assert encode(counts) == {"from": "a", "total": str(2**60)}


class TestOneOf:
    def test_one_is_not_true(self) -> None:
        mixed: Any = Annotated[Literal[1, "1", True], OneOf()]
        for value in (1, "1", True):
            assert round_trip(mixed, value) is value
        assert decode(TypeAdapter[Any](mixed), 1.0) is 1  # noqa: F632
        others: list[Any] = [False, 2, "2", None, [1]]
        for value in others:
            assert issues(mixed, value) == [
                {"path": [], "message": "Input should be 1 or '1' or True"}
            ]

    def test_true_is_not_one(self) -> None:
        level: Any = Level
        assert round_trip(level, 2) == 2
        assert issues(level, True)

    def test_an_open_enum_of_numbers(self) -> None:
        levels: Any = Level | Int
        assert round_trip(levels, 7) == 7
        assert issues(levels, True)

    def test_fractions(self) -> None:
        ratio: Any = Annotated[float, OneOf(0.5, 1.5, 2)]
        assert round_trip(ratio, 0.5) == 0.5
        assert round_trip(ratio, 2) == 2
        assert issues(ratio, 0.25)


class TestTaggedBy:
    def test_the_tag_chooses_the_model(self) -> None:
        drawing = decode(Drawing, {"shape": {**CIRCLE, "inner": {"kind": "box", "side": 1}}})
        assert isinstance(drawing.shape, Circle)
        assert isinstance(drawing.shape.inner, Square)
        assert encode(drawing) == {"shape": {**CIRCLE, "inner": {"kind": "box", "side": 1.0}}}

    def test_an_unknown_tag_is_kept_with_its_fields(self) -> None:
        star = {"kind": "star", "points": 5, "at": {"x": [None, 1.5]}, "model_config": 1, "_x": 2}
        drawing = decode(Drawing, {"shape": star})
        assert isinstance(drawing.shape, UnknownVariant)
        assert drawing.shape.root == star
        assert encode(drawing) == {"shape": star}
        assert encode(Drawing(shape=UnknownVariant(star))) == {"shape": star}

    def test_a_known_tag_with_a_wrong_field_is_an_issue(self) -> None:
        assert issues(Drawing, {"shape": {"kind": "circle", "radius": "1"}}) == [
            {"path": ["shape", "radius"], "message": "Input should be a valid number"}
        ]

    @pytest.mark.parametrize("shape", [{}, {"kind": None}, {"kind": ["circle"]}, "circle", None])
    def test_without_a_tag(self, shape: Any) -> None:
        message = "Input should be an object with 'kind' of a known value"
        assert issues(Drawing, {"shape": shape}) == [{"path": ["shape"], "message": message}]

    def test_a_closed_union_takes_no_other_tag(self) -> None:
        data = {"shape": CIRCLE, "closed": {"kind": "star"}}
        message = "Input should be an object with 'kind' of 'circle' or 'square' or 'box'"
        assert issues(Drawing, data) == [{"path": ["closed"], "message": message}]

    def test_one_and_true_are_two_tags(self) -> None:
        true: Any = {"on": True, "level": 1}
        one: Any = {"on": 1}
        assert isinstance(decode(Drawing, {"shape": CIRCLE, "switch": true}).switch, On)
        assert isinstance(decode(Drawing, {"shape": CIRCLE, "switch": one}).switch, One)
        assert round_trip(Drawing, {"shape": CIRCLE, "switch": true})["switch"] == true

    def test_models_are_taken_as_they_are(self) -> None:
        circle = Circle(kind="circle", radius=1)
        assert encode(Drawing(shape=circle, closed=circle)) == {"shape": CIRCLE, "closed": CIRCLE}
        with pytest.raises(ValidationError):
            Drawing(shape=Point(x=1))  # type: ignore[arg-type]


class TestUnions:
    def test_the_kind_chooses(self) -> None:
        for value in ("a", [1], {"x": 1}, {"x": 1, "z": 2}):
            data = {"shape": CIRCLE, "anything": value}
            assert round_trip(Drawing, data) == data

    def test_the_member_that_got_deepest_tells_the_issue(self) -> None:
        data: Any = {"shape": CIRCLE, "anything": [1, "x"]}
        assert [issue["path"] for issue in issues(Drawing, data)] == [["anything", 1]]

    def test_names_of_types_that_are_keys_too(self) -> None:
        data = {"Point": {"x": 1}, "Point3": {"Point3": {"x": 1}}}
        kind: Any = dict[MapKey, Point | dict[MapKey, Point3]]
        assert [issue["path"] for issue in issues(kind, data)] == [
            ["Point3", "x"],
            ["Point3", "Point3", "z"],
        ]


class TestTuples:
    def test_places_and_rest(self) -> None:
        pair: Any = tuple[Int, Str]
        more: Any = Annotated[tuple[Int, Str, Unpack[tuple[DateTime, ...]]], VariadicTuple]
        assert decode(TypeAdapter[Any](pair), [1, "a"]) == (1, "a")
        assert round_trip(pair, [1, "a"]) == [1, "a"]
        assert issues(pair, [1])
        assert issues(pair, [1, "a", "b"])
        assert round_trip(more, [1, "a"]) == [1, "a"]
        assert round_trip(more, [1, "a", "2026-01-02T03:04:05Z"]) == [
            1,
            "a",
            "2026-01-02T03:04:05Z",
        ]
        assert issues(more, [1, "a", "b"])[0]["path"] == [2]
        assert issues(more, [1])


class TestMaps:
    def test_keys_of_an_enum(self) -> None:
        counts: Any = dict[Literal["a", "b"], Int]
        assert round_trip(counts, {"a": 1}) == {"a": 1}
        assert issues(counts, {"c": 1})[0]["path"] == ["c"]

    def test_a_key_that_cannot_be_sent_is_refused(self) -> None:
        with pytest.raises(ValidationError):
            encode({"\ud83d": 1}, TypeAdapter(dict[MapKey, Int]))


class TestRecursion:
    def test_an_alias_of_itself(self) -> None:
        data = {"a": [1.5, None, {"b": [True, "x"]}]}
        assert round_trip(Json, data) == data
        assert issues(Json, {"a": [{"b": object()}]})[0]["path"] == ["a", 0, "b"]

    def test_a_deep_result(self) -> None:
        data: Any = WHOLE
        for _ in range(200):
            data = {**WHOLE, "children": [data]}
        assert encode(decode(Task, data)) == data


class TestEncode:
    def test_nothing_becomes_null_on_its_way(self) -> None:
        star = UnknownVariant({"kind": "star", "size": float("nan")})
        with pytest.raises(ValueError, match="not JSON compliant"):
            json.dumps(encode(Drawing(shape=star)), allow_nan=False)
        adapter: TypeAdapter[Any] = TypeAdapter(list[Any], config=ADAPTER)
        assert repr(encode([float("inf")], adapter)) == "[inf]"

    def test_other_types_are_validated_before(self) -> None:
        with pytest.raises(ValidationError):
            encode(["x"], TypeAdapter[Any](list[Int]))

    def test_what_json_does_not_have_is_refused(self) -> None:
        adapter: TypeAdapter[Any] = TypeAdapter(list[Any], config=ADAPTER)
        for value in (object(), b"\xff", {"\ud83d": 1}):
            with pytest.raises(RPCError, match="cannot be sent"):
                encode([value], adapter)


class TestPydantic:
    """What applications do with models beside calls, as in FastAPI."""

    def test_json_schema(self) -> None:
        properties = On.model_json_schema(mode="serialization")["properties"]
        assert properties["on"]["const"] is True
        assert properties["level"]["enum"] == [1, 2]
        assert Task.model_json_schema()["$defs"]["Task"]["properties"]["limit"]["type"] == "integer"
        extra = Counts.model_json_schema()["additionalProperties"]
        assert extra == {"type": "string", "format": "int64"}
        assert "Circle" in Drawing.model_json_schema(mode="serialization")["$defs"]

    def test_json_text(self) -> None:
        data = {"from": "a", "total": str(2**60)}
        counts = Counts.model_validate_json(json.dumps(data))
        assert json.loads(counts.model_dump_json(by_alias=True)) == data
        assert counts.model_dump() == {"from_": "a", "total": 2**60}

    def test_what_is_no_model_is_named(self) -> None:
        params: Any = {"user_id": "1"}
        with pytest.raises(TypeError, match="params of dict: pass the method's model"):
            encode(params)
