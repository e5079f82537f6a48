"""The protocol's shared vectors, all of conformance/vectors that concern a client."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from centrifugo_rpc_client.envelope import (
    call_envelope,
    message_id_of,
    read_calls,
    read_reply,
    user_channel,
    uuid7,
)
from centrifugo_rpc_client.errors import error_of_centrifugo

VECTORS = Path(__file__).parents[3] / "conformance" / "vectors"


def cases(name: str) -> list[Any]:
    found: list[Any] = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    assert found
    return found


@pytest.mark.parametrize("case", cases("call-envelope"), ids=lambda case: case["name"])
def test_call_envelope(case: dict[str, Any]) -> None:
    sent = json.loads(json.dumps(call_envelope(**case["input"])))
    assert sent == case["data"]


@pytest.mark.parametrize("case", cases("reply"), ids=lambda case: case["name"])
def test_reply(case: dict[str, Any]) -> None:
    reply = read_reply(case["data"])
    if case["reads"] == "ignored":
        assert reply is None
        return
    assert reply is not None
    read: dict[str, Any] = {"correlation_id": reply.correlation_id}
    if reply.error is not None:
        read["error"] = {"code": reply.error.code, "message": reply.error.message}
        if reply.error.details is not None:
            read["error"]["details"] = reply.error.details
    elif reply.pending:
        read["pending"] = True
    else:
        read["result"] = reply.result
    assert read == case["reads"]


@pytest.mark.parametrize("case", cases("calls"), ids=lambda case: case["name"])
def test_calls(case: dict[str, Any]) -> None:
    assert read_calls(case["data"]) == case["send_again"]


@pytest.mark.parametrize("case", cases("centrifugo-errors"), ids=lambda case: case["centrifugo"])
def test_centrifugo_error(case: dict[str, Any]) -> None:
    error = error_of_centrifugo(case["centrifugo"], case["message"])
    assert (error.code, error.message) == (case["code"], case["text"])


@pytest.mark.parametrize("case", cases("publication"), ids=lambda case: case["name"])
def test_publication(case: dict[str, Any]) -> None:
    assert message_id_of(case["tags"]) == case["acknowledges"]


@pytest.mark.parametrize("case", cases("user-id"), ids=lambda case: repr(case["id"]))
def test_user_id(case: dict[str, Any]) -> None:
    if case["allowed"]:
        assert user_channel(case["id"]) == case["channel"]
    else:
        with pytest.raises(ValueError, match="user_id"):
            user_channel(case["id"])


@pytest.mark.parametrize("case", cases("uuidv7"), ids=lambda case: case["milliseconds"])
def test_uuid7(case: dict[str, Any]) -> None:
    assert re.match(case["pattern"], uuid7(case["milliseconds"]))


@pytest.mark.parametrize(
    "data",
    [
        {"$rpc": True, "correlation_id": "a", "result": 1},
        {"$rpc": 1, "correlation_id": "a\n", "result": 1},
        {"$rpc": 1, "correlation_id": "a", "error": {"code": True, "message": "x"}},
    ],
)
def test_reply_read_by_python_rules_would_pass(data: dict[str, Any]) -> None:
    assert read_reply(data) is None
