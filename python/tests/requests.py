"""Requests as the gateway sends them."""

from __future__ import annotations

import json
import time
from typing import Any

from centrifugo_rpc import HandlerService
from centrifugo_rpc.service.handler_service import ServiceResponse
from centrifugo_rpc.service.signature import sign

SECRET = "the secret of the tests"


def signed(route: str, body: bytes = b"", /, **headers: str) -> dict[str, str]:
    timestamp = int(time.time())
    return {
        "x-rpc-timestamp": str(timestamp),
        "x-rpc-signature": sign(SECRET, timestamp, route, body),
        **headers,
    }


def call_body(method: Any, params: Any = None, **fields: Any) -> bytes:
    call: dict[str, Any] = {
        "version": 1,
        "method": method,
        "correlation_id": "c-1",
        "timeout_ms": 30_000,
        "connection": {
            "user_id": "42",
            "client_id": "9336a229-2400-4ebc-8c50-0a643d22e8a0",
            "transport": "websocket",
            "protocol": "json",
            "meta": {"tenant": 7},
        },
    }
    if params is not None:
        call["params"] = params
    return json.dumps({**call, **fields}).encode()


async def call(
    service: HandlerService, method: str, params: Any = None, **fields: Any
) -> ServiceResponse:
    body = call_body(method, params, **fields)
    return await service.handle("call", "POST", signed("call", body), body)


async def answer(service: HandlerService, method: str, params: Any = None, **fields: Any) -> Any:
    response = await call(service, method, params, **fields)
    assert response.status == 200
    return json.loads(response.body)
