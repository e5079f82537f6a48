"""Requests as the gateway sends them."""

import asyncio
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.core.asgi import get_asgi_application
from django.test import AsyncClient

from centrifugo_rpc.service.signature import sign

from .settings import SERVICE_SECRET

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedASGIResponse as Response  # pyright: ignore

CONNECTION: dict[str, Any] = {
    "user_id": "42",
    "client_id": "9336a229-2400-4ebc-8c50-0a643d22e8a0",
    "transport": "websocket",
    "protocol": "json",
    "meta": {},
}


def call_body(method: str, params: Any = None, **more: Any) -> bytes:
    """The body of a call."""
    return json.dumps(
        {
            "version": 1,
            "method": method,
            "params": params,
            "correlation_id": "0198c1f2-7b5e-7c3a-9d41-0a6f3c1e2b77",
            "timeout_ms": 20_000,
            "connection": CONNECTION,
            **more,
        }
    ).encode()


def signed(route: str, body: bytes = b"") -> dict[str, str]:
    """The headers of a signed request."""
    timestamp = int(time.time())
    return {
        "X-RPC-Timestamp": str(timestamp),
        "X-RPC-Signature": sign(SERVICE_SECRET, timestamp, route, body),
    }


async def post_call(method: str, params: Any = None) -> "Response":
    """Makes a call."""
    return await post(call_body(method, params))


async def post(body: bytes, path: str = "/rpc/call") -> "Response":
    """Sends a signed body."""
    return await AsyncClient(enforce_csrf_checks=True).post(
        path, data=body, content_type="application/json", headers=signed("call", body)
    )


class Connection:
    """A request of which the caller hears nothing yet, and which it can give up."""

    def __init__(self, method: str) -> None:
        self._incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[Mapping[str, Any]] = []
        body = call_body(method)
        headers = [(name.lower().encode(), v.encode()) for name, v in signed("call", body).items()]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/rpc/call",
            "query_string": b"",
            "headers": [*headers, (b"content-type", b"application/json")],
        }
        self._incoming.put_nowait({"type": "http.request", "body": body})
        application = get_asgi_application()
        self.ended = asyncio.create_task(application(scope, self._incoming.get, self._send))

    async def _send(self, message: Mapping[str, Any]) -> None:
        self.sent.append(message)

    def close(self) -> None:
        """Is gone, as a gateway whose caller has cancelled."""
        self._incoming.put_nowait({"type": "http.disconnect"})
