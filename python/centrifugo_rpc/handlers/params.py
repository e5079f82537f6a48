"""From the params of a call to their model."""

from __future__ import annotations

from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json, to_json

from ..errors import ErrorCode, RPCError
from ..schema.params import params_checks
from ..wire.issues import Issues, issues_of
from .registry import Method

# With it, wrong params of 10,000 values take at most a third of a second.
_STEPS_PER_NODE = 20


def decode_params(method: Method, params: Any) -> BaseModel | Issues | None:
    """Returns decoded JSON params as their model, or the issues.

    Absent params mean ``{}``, and so does null if the model does not accept it.

    Raises:
        RPCError: 413 for params with more values than the method allows.
    """
    if method.params is None:
        return None if params is None or params == {} else Issues.one("the method takes no params")
    outcome = _validated(method, method.params, params)
    if params is None and isinstance(outcome, Issues):
        return _validated(method, method.params, {})
    return outcome


def _validated(method: Method, model: type[BaseModel], params: Any) -> BaseModel | Issues:
    sent = to_json(params, by_alias=True, inf_nan_mode="constants")
    limit = method.max_params_nodes
    most_nodes = 1 + sent.count(b",") + sent.count(b"[") + sent.count(b"{")
    if most_nodes > limit and _has_more_nodes(from_json(sent), limit):
        message = f"{method.name}: the params have more than {limit} JSON values"
        raise RPCError(ErrorCode.PAYLOAD_TOO_LARGE, message)
    checks = params_checks(model)
    steps = limit * _STEPS_PER_NODE
    if (
        checks is not None
        and checks.cost.may_exceed(steps, most_nodes)
        and checks.cost.exceeds(steps, from_json(sent))
    ):
        return Issues.one(
            "the params take too long to check: they have too many values that do not match, or "
            "are nested too deeply"
        )
    try:
        # As JSON, where "1" is not an integer but "2026-01-01" is a date.
        value = model.model_validate_json(sent, strict=True, by_alias=True, by_name=False)
    except ValidationError as error:
        return issues_of(error, params, len(sent))
    return (checks.wire.issues(sent) if checks else None) or value


def _has_more_nodes(value: object, limit: int) -> bool:
    """Whether a value consists of more than ``limit`` JSON values, itself included."""
    nodes = [value]
    for node in nodes:
        if isinstance(node, dict):
            nodes += cast("dict[str, object]", node).values()
        elif isinstance(node, list):
            nodes += cast("list[object]", node)
        if len(nodes) > limit:
            return True
    return False
