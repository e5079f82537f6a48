from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import RootModel

from centrifugo_rpc import ConnectionContext, HandlerService, Registry, websocket_rpc

from .requests import SECRET, call_body, signed


class Anything(RootModel[Any]):
    pass


def unreadable(params: str) -> bytes:
    """A call that pydantic does not read, with its fields as the gateway orders them."""
    call = json.loads(call_body("echo", "@"))
    first = {"method": call.pop("method"), "params": call.pop("params")}
    return json.dumps({**first, **call}).replace('"@"', params).encode()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        (call_body("echo", [1]), "result"),
        (call_body("missing"), "error"),
        (unreadable('{"correlation_id":"other","text":"\\ud800"}'), "error"),
        (unreadable('[{"correlation_id":"other"},' + "[" * 100_000 + "]" * 100_001), "error"),
    ],
)
async def test_a_response_identifies_its_call(body: bytes, outcome: str) -> None:
    registry = Registry()

    @websocket_rpc("echo", registry=registry)
    async def echo(conn: ConnectionContext, params: Anything) -> Anything:
        return params

    service = HandlerService(secret=SECRET, registry=registry)
    answer = await service.handle("call", "POST", signed("call", body), body)
    assert (answer.status, list(json.loads(answer.body))) == (200, [outcome])
    assert answer.headers["x-rpc-correlation-id"] == "c-1"


async def test_an_id_that_a_header_cannot_carry_is_left_out() -> None:
    service = HandlerService(secret=SECRET, registry=Registry())
    body = call_body("echo", correlation_id="é\n")
    answer = await service.handle("call", "POST", signed("call", body), body)
    assert (answer.status, answer.headers.get("x-rpc-correlation-id")) == (200, None)
