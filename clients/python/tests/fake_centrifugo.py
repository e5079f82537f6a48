"""A scripted Centrifugo: its JSON client protocol, with every answer in the test's hands.

Source: https://centrifugal.dev/docs/transports/client_protocol.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response

USER_ID = "42"
CHANNEL = f"user#{USER_ID}"


@dataclass(frozen=True)
class ServerError:
    """The answer to a command: Centrifugo's own error."""

    code: int
    message: str
    temporary: bool = False


@dataclass(frozen=True)
class Close:
    """The answer to a command: the server closes the WebSocket."""

    code: int
    reason: str


class Silence:
    """The answer to a command: none."""


Answer = dict[str, Any] | ServerError | Close | Silence


@dataclass(frozen=True)
class Rpc:
    """An `rpc` command that waits for the test's answer."""

    server: FakeCentrifugo
    connection: ServerConnection
    id: int
    method: str
    data: dict[str, Any]
    frame_bytes: int

    @property
    def correlation_id(self) -> str:
        return str(self.data["correlation_id"])

    def envelope(self, **body: Any) -> dict[str, Any]:
        """A reply to this call."""
        return {"$rpc": 1, "correlation_id": self.correlation_id, **body}

    async def reply(self, **body: Any) -> None:
        """Answers the command: `result=`, `error=` or `pending=True`."""
        await self.answer({"data": self.envelope(**body)})

    async def answer(self, answer: Answer) -> None:
        await self.server.answer(self.connection, self.id, "rpc", answer)

    async def publish(self, **body: Any) -> None:
        """Publishes a deferred reply."""
        await self.server.publish(self.envelope(**body))


def client_tasks() -> list[str]:
    """The tasks that the client has started and that are still running."""
    names = [getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks()]
    background = ("Session._greet", "Calls._", "CentrifugoRPCClient._", "Subscriptions._")
    return [name for name in names if name.startswith(background)]


def hello(**changes: Any) -> dict[str, Any]:
    """An answer to `$rpc.hello`."""
    data = {"$rpc": 1, "versions": [1], "epoch": "e1", "max_message_bytes": 65536}
    return {"data": {**data, **changes}}


@dataclass
class FakeCentrifugo:
    """What the server answers may be changed at any time."""

    # An HTTP status instead of a WebSocket.
    on_handshake: HTTPStatus | None = None
    on_connect: Answer = field(
        default_factory=lambda: {"client": "c1", "version": "fake", "ping": 25, "pong": True}
    )
    # Or a function of the command.
    on_subscribe: Answer | Callable[[dict[str, Any]], Answer] = field(
        default_factory=lambda: {"recoverable": True, "positioned": True, "epoch": "s"}
    )
    # The client's probe.
    on_presence_stats: Answer = field(default_factory=lambda: ServerError(108, "not available"))
    on_hello: Answer = field(default_factory=hello)
    on_refresh: Answer = field(default_factory=dict[str, Any])
    connects: int = 0
    probes: asyncio.Queue[None] = field(default_factory=asyncio.Queue[None])
    # Of connect and refresh commands, in the order of arrival.
    tokens: list[str] = field(default_factory=list[str])
    refreshed: asyncio.Event = field(default_factory=asyncio.Event)
    subscribes: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue[dict[str, Any]])
    # Every `rpc` but hello, in the order of arrival.
    calls: asyncio.Queue[Rpc] = field(default_factory=asyncio.Queue["Rpc"])
    # hello, for tests that answer it later (with `on_hello` silent).
    hellos: asyncio.Queue[Rpc] = field(default_factory=asyncio.Queue["Rpc"])
    # Cleared: handshakes wait.
    accepting: asyncio.Event = field(default_factory=asyncio.Event)
    _offset: int = 0
    _server: Server | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        port = next(iter(self._server.sockets)).getsockname()[1]
        return f"ws://127.0.0.1:{port}/connection/websocket"

    @property
    def connections(self) -> set[ServerConnection]:
        assert self._server is not None
        return set(self._server.connections)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[FakeCentrifugo, None]:
        self.accepting.set()
        # Any, because the types of the newest websockets are not for Python 3.10.
        listening: Any = serve(
            self._serve, "127.0.0.1", 0, process_request=self._accept, close_timeout=0.2
        )
        async with listening as server:
            self._server = server
            yield self
            self.accepting.set()

    async def next_call(self) -> Rpc:
        return await asyncio.wait_for(self.calls.get(), 5)

    async def answer(
        self, connection: ServerConnection, command_id: int, name: str, answer: Answer
    ) -> None:
        if isinstance(answer, dict):
            await self._write(connection, {"id": command_id, name: answer})
        elif isinstance(answer, ServerError):
            error = {"code": answer.code, "message": answer.message, "temporary": answer.temporary}
            await self._write(connection, {"id": command_id, "error": error})
        elif isinstance(answer, Close):
            await connection.close(answer.code, answer.reason)

    async def publish_to(self, channel: str, data: Any, **tags: str) -> None:
        """Publishes on any channel."""
        push = {"channel": channel, "pub": {"data": data, **({"tags": tags} if tags else {})}}
        for connection in self.connections:
            await self._write(connection, {"push": push})

    async def publish(self, *publications: Any) -> None:
        """Publishes on the user's channel, in one frame."""
        pushes: list[dict[str, Any]] = []
        for data in publications:
            self._offset += 1
            publication = {"data": data, "offset": self._offset}
            pushes.append({"push": {"channel": CHANNEL, "pub": publication}})
        for connection in self.connections:
            await self._write(connection, *pushes)

    async def unsubscribe(self, code: int, reason: str, channel: str = CHANNEL) -> None:
        """Takes a channel away, the user's own by default."""
        unsubscribe = {"code": code, "reason": reason}
        for connection in self.connections:
            push = {"channel": channel, "unsubscribe": unsubscribe}
            await self._write(connection, {"push": push})

    async def close(self, code: int, reason: str) -> None:
        """Closes every connection with a disconnect code."""
        for connection in self.connections:
            await connection.close(code, reason)

    def drop(self) -> None:
        """Drops every connection as a broken network does."""
        for connection in self.connections:
            connection.transport.abort()

    async def _accept(self, connection: ServerConnection, _request: object) -> Response | None:
        await self.accepting.wait()
        return None if self.on_handshake is None else connection.respond(self.on_handshake, "")

    async def _serve(self, connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in connection:
                for line in str(frame).split("\n"):
                    await self._handle(connection, json.loads(line), len(frame))

    async def _handle(
        self, connection: ServerConnection, command: dict[str, Any], frame_bytes: int
    ) -> None:
        command_id = command.get("id", 0)
        if "connect" in command:
            self.connects += 1
            self.tokens.append(command["connect"].get("token", ""))
            await self.answer(connection, command_id, "connect", self.on_connect)
        elif "refresh" in command:
            self.tokens.append(command["refresh"]["token"])
            await self.answer(connection, command_id, "refresh", self.on_refresh)
            self.refreshed.set()
        elif "subscribe" in command:
            subscribe = command["subscribe"]
            self.subscribes.put_nowait(subscribe)
            answer = self.on_subscribe
            if callable(answer):
                answer = answer(subscribe)
            await self.answer(connection, command_id, "subscribe", answer)
        elif "presence_stats" in command:
            self.probes.put_nowait(None)
            await self.answer(connection, command_id, "presence_stats", self.on_presence_stats)
        elif "unsubscribe" in command:
            await self.answer(connection, command_id, "unsubscribe", {})
        elif "rpc" in command:
            rpc = command["rpc"]
            call = Rpc(self, connection, command_id, rpc["method"], rpc["data"], frame_bytes)
            if call.method == "$rpc.hello":
                self.hellos.put_nowait(call)
                await call.answer(self.on_hello)
            else:
                self.calls.put_nowait(call)

    async def _write(self, connection: ServerConnection, *messages: dict[str, Any]) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.send("\n".join(map(json.dumps, messages)))
