"""Runs generated clients in tests, without Centrifugo and without a gateway."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypeVar

from ..errors import ErrorCode, RPCError
from ..handlers.middleware import Middleware
from ..handlers.registry import Registry
from ..service.call_request import VERSION
from ..service.handler_service import HandlerService, ServiceResponse
from ..service.signature import sign

ClientT_co = TypeVar("ClientT_co", covariant=True)

_PROTOCOL_VERSION = 1
_MAX_MESSAGE_BYTES = 1024 * 1024
_SECRET = "in-memory"


class ConnectionTarget(Protocol):
    """The part of the client's connection target that the transport reads."""

    @property
    def user_id(self) -> str:
        """The caller's ID."""
        ...


class TransportEvents(Protocol):
    """The part of the client's events that the transport reports."""

    async def connected(self) -> None:
        """Commands can be sent."""
        ...


class ClientClass(Protocol[ClientT_co]):
    """The ``CentrifugoRPCClient`` of a folder of generated clients."""

    def __call__(
        self,
        url: str,
        token: str,
        user_id: str,
        *,
        transport: Callable[[ConnectionTarget, TransportEvents], InMemoryTransport],
    ) -> ClientT_co:
        """Creates a client."""
        ...


def create_test_client(
    registry: Registry | None = None,
    *,
    client: ClientClass[ClientT_co],
    user_id: str = "test-user",
    meta: Mapping[str, Any] | None = None,
    middleware: Iterable[Middleware] = (),
) -> ClientT_co:
    """Creates a client that calls the handlers of this process, for unit tests.

    Calls run the code of the client and of the handler service, as JSON: values are encoded and
    checked on both sides, and deadlines, cancellation and errors are as over the wire. Channels
    and the comparison of contracts need a server: ``subscribe()`` raises 503.

        from api_client import APIClient, CentrifugoRPCClient, TaskStatsParams

        async with create_test_client(client=CentrifugoRPCClient, user_id="42") as rpc:
            stats = await APIClient(rpc).tasks_get_stats(TaskStatsParams(user_id="42"))

    Args:
        registry: The methods. Default: :func:`default_registry`.
        client: The class to create: the ``CentrifugoRPCClient`` of the generated folder.
        user_id: The caller's ID.
        meta: The ``meta`` claim of the caller's token.
        middleware: The middleware that the service runs around every handler.

    Returns:
        The client, which is not connected yet.

    Raises:
        RegistrationError: The methods cannot be expressed in a contract.
    """
    service = HandlerService(secret=_SECRET, registry=registry, middleware=middleware)
    service.check()

    def transport(target: ConnectionTarget, events: TransportEvents) -> InMemoryTransport:
        return InMemoryTransport(service, events, user_id=target.user_id, meta=meta or {})

    return client("in-memory:", "", user_id, transport=transport)


class InMemoryTransport:
    """Hands the commands of a client to a handler service, in place of Centrifugo and gateway."""

    def __init__(
        self,
        service: HandlerService,
        events: TransportEvents,
        *,
        user_id: str,
        meta: Mapping[str, Any],
    ) -> None:
        self._service = service
        self._events = events
        self._connection = {
            "user_id": user_id,
            "client_id": str(uuid.uuid4()),
            "transport": "in_memory",
            "protocol": "json",
            "meta": dict(meta),
        }
        # By correlation ID. asyncio itself keeps only weak references to tasks.
        self._running: dict[str, asyncio.Task[ServiceResponse]] = {}
        self._protocol_methods = {"$rpc.hello": self._hello, "$rpc.cancel": self._cancel}

    async def connect(self) -> None:
        """Reports that commands can be sent."""
        await self._events.connected()

    async def rpc(self, method: str, data: dict[str, Any], timeout: float) -> Any:
        """Runs a call, or a command of the protocol, and returns the data of its reply.

        Raises:
            RPCError: 404 for a command of the protocol that needs a server.
        """
        if not method.startswith("$rpc."):
            return await self._call(method, data)
        run = self._protocol_methods.get(method)
        if run is None:
            raise RPCError(ErrorCode.METHOD_NOT_FOUND, f"{method} needs a server")
        return {"$rpc": _PROTOCOL_VERSION, **run(data)}

    async def subscribe(self, channel: str) -> None:
        """Refuses: there are no channels.

        Raises:
            RPCError: 503.
        """
        raise RPCError(ErrorCode.UNAVAILABLE, "a test client has no channels: use a server")

    async def unsubscribe(self, channel: str) -> None:
        """Does nothing: there are no channels."""

    async def probe(self) -> None:
        """Does nothing: there is no connection."""

    async def close(self) -> None:
        """Cancels the calls that are running."""
        for running in self._running.values():
            running.cancel()

    def _hello(self, _data: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "versions": [_PROTOCOL_VERSION],
            "epoch": "in-memory",
            "max_message_bytes": _MAX_MESSAGE_BYTES,
        }

    def _cancel(self, data: Mapping[str, Any]) -> dict[str, Any]:
        running = self._running.get(data["correlation_id"])
        return {"cancelled": running is not None and running.cancel()}

    async def _call(self, method: str, envelope: Mapping[str, Any]) -> dict[str, Any]:
        correlation_id: str = envelope["correlation_id"]
        running = asyncio.create_task(self._handle(method, envelope))
        self._running[correlation_id] = running
        running.add_done_callback(lambda _: self._running.pop(correlation_id))
        # Not `await running`: the client stops waiting at the deadline without cancelling the call.
        await asyncio.wait({running})
        if running.cancelled():
            answer = {"error": {"code": ErrorCode.CANCELLED, "message": "the call was cancelled"}}
        else:
            answer = json.loads(running.result().body)
        return {"$rpc": _PROTOCOL_VERSION, "correlation_id": correlation_id, **answer}

    async def _handle(self, method: str, envelope: Mapping[str, Any]) -> ServiceResponse:
        call = {
            "version": VERSION,
            "method": method,
            "params": envelope["params"],
            "correlation_id": envelope["correlation_id"],
            "timeout_ms": envelope["timeout_ms"],
            "connection": self._connection,
        }
        body = json.dumps(call).encode()
        timestamp = str(int(time.time()))
        headers = {
            "x-rpc-timestamp": timestamp,
            "x-rpc-signature": sign(_SECRET, timestamp, "call", body),
        }
        for name in ("traceparent", "tracestate"):
            if name in envelope:
                headers[name] = envelope[name]
        return await self._service.handle("call", "POST", headers, body)
