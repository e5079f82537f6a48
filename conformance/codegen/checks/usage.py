"""Uses the generated models: run by toolchain.test.ts, an exception fails the test."""

from datetime import datetime, timezone
from typing import Any

from pydantic import BaseModel, ValidationError

import client_forms as forms
import client_names as names
import client_recursion as recursion
import client_shapes as shapes
import client_tasks as tasks
import client_unions as unions


def sent(model: BaseModel) -> Any:
    """What the client sends for the params."""
    return model.model_dump(mode="json", by_alias=True, exclude_unset=True)


def refused(model: type[BaseModel], **values: Any) -> None:
    try:
        model(**values)
    except ValidationError:
        return
    raise AssertionError(f"{model.__name__} takes {values}")


class Rpc:
    """Stands in for the base client."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.calls: list[Any] = []

    def watch_contract(self, contract: Any, on_mismatch: Any) -> None:
        pass

    async def call(self, method: str, params: Any, *, timeout: float | None = None) -> Any:
        self.calls.append((method, params, timeout))
        return self.result


def run(call: Any) -> Any:
    """Runs a coroutine that awaits nothing real."""
    try:
        call.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the call waits")


# Defaults are the server's: only what was set is sent.
params = tasks.TaskStatsParams(user_id="123")
assert params.include_completed is True
assert sent(params) == {"user_id": "123"}
assert sent(tasks.TaskStatsParams(user_id="123", include_completed=True)) == {
    "user_id": "123",
    "include_completed": True,
}
refused(tasks.TaskStatsParams, user_id=123)
refused(tasks.TaskStatsParams)

# A call sends the params by their names on the wire and gives a model.
rpc: Any = Rpc({"total": 3, "completed": 1, "pending": 2, "new_field": "kept"})
stats = run(tasks.APIClient(rpc).tasks_get_stats(params, timeout=2.5))
assert stats == tasks.TaskStatsResult.model_validate(rpc.result)
assert (stats.total, stats.model_extra) == (3, {"new_field": "kept"})
assert rpc.calls == [("tasks.get_stats", {"user_id": "123"}, 2.5)]

# Params can be left out where all of them can be.
rpc = Rpc({"items": []})
run(shapes.APIClient(rpc).items_list())
assert rpc.calls == [("items.list", {}, None)]

# None is not sent where null is not allowed, and is where it is.
assert sent(shapes.ItemsListParams(note=None)) == {}
search = shapes.ItemsSearchParams(
    filter=shapes.ItemsSearchParamsFilter(
        text="x",
        range=shapes.ItemsSearchParamsFilterRange(from_=datetime(2026, 1, 1, tzinfo=timezone.utc), to=None),
    ),
    states=["open"],
    counts={},
    cursor=None,
    labels=None,
)
assert sent(search) == {
    "filter": {"text": "x", "range": {"from": "2026-01-01T00:00:00Z", "to": None}},
    "states": ["open"],
    "counts": {},
    "cursor": None,
}

# Names on the wire stay; the models take both.
import_params = names.ImportParams(user_id="1", func=2)
assert sent(import_params) == {"user-id": "1", "func": 2}
assert names.ImportParams.model_validate({"user-id": "1"}).user_id == "1"
verify = {name: f"value of {name}" for name in ["userId", "x-dash", "$ref", "class", "model_config"]}
all_names = {
    field.serialization_alias or name: "text" for name, field in names.X2faVerifyParams.model_fields.items()
}
assert set(verify) <= set(all_names)
assert sent(names.X2faVerifyParams.model_validate(all_names | verify)) == all_names | verify

# Unions are told apart by their discriminator or by their JSON type.
circle = {"kind": "circle", "radius": 1.5}
square = {"kind": "square", "side": 2.0}
draw = {
    "shape": circle,
    "shapes": [circle, square],
    "by_name": {"a": square},
    "id": 7,
    "anything": [["a"], []],
    "mixed": None,
    "versioned": {"version": 3, "names": ["a"]},
    "inline": [1, "2"],
    "toggle": {"on": True, "level": 1},
}
parsed = unions.ShapesDrawParams.model_validate(draw)
assert isinstance(parsed.shape, unions.Circle)
assert isinstance(parsed.shapes[1], unions.ShapeSquare)
assert isinstance(parsed.toggle, unions.ShapesDrawParamsToggleTrue)
assert parsed.id == 7
assert sent(parsed) == draw
refused(unions.ShapesDrawParams, **{**draw, "shape": {"kind": "circle"}})
refused(unions.ShapesDrawParams, **{**draw, "toggle": {"on": 1, "level": 1}})

# What a newer server may send is kept and can be sent back.
oval = {"kind": "oval", "width": 2, "height": None}
parsed = unions.ShapesDrawParams.model_validate({**draw, "shape": oval})
assert isinstance(parsed.shape, unions.UnknownVariant)
assert parsed.shape.root == oval
assert sent(parsed) == {**draw, "shape": oval}

# Recursion, also of several models.
tree = {"value": 1, "children": [{"value": 2, "children": []}], "parent": {"value": 0, "children": []}}
assert sent(recursion.Tree.model_validate(tree)) == tree
company = {"owner": {"name": "a", "company": {"owner": {"name": "b", "company": None}, "staff": {}}}, "staff": {}}
assert sent(recursion.Company.model_validate(company)) == company
expression = {"op": "sum", "left": {"op": "number", "value": 1.0}, "right": {"op": "number", "value": 2.0}}
put = {"tree": tree, "company": company, "list": {"value": "a", "next": None}, "expression": expression}
assert sent(recursion.NodesPutParams.model_validate(put)) == put

# A model of params and results: in params its defaults can be left out.
style = forms.StyleInput(at=forms.Point(x=1.0, y=2.0))
assert sent(style) == {"at": {"x": 1.0, "y": 2.0}}
refused(forms.Style, at={"x": 1.0, "y": 2.0})
