"""A connection in the hands of the test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from centrifugo_rpc_client import CentrifugoRPCClient
from centrifugo_rpc_client.transport import ConnectionTarget, TransportError, TransportEvents


class Sent:
    """A command that waits for the test's answer."""

    def __init__(self, method: str, data: dict[str, Any]) -> None:
        self.method = method
        self.data = data
        self.answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @property
    def correlation_id(self) -> str:
        return str(self.data["correlation_id"])

    def envelope(self, **body: Any) -> dict[str, Any]:
        return {"$rpc": 1, "correlation_id": self.correlation_id, **body}

    def reply(self, **body: Any) -> None:
        """Answers with `result=`, `error=` or `pending=True`."""
        self.answer.set_result(self.envelope(**body))

    def refuse(self, code: int, message: str = "") -> None:
        """Answers with an error of Centrifugo."""
        self.answer.set_exception(TransportError(code, message))


class ScriptedTransport:
    """Commands other than `$rpc.hello` wait in `sent` until the test answers them."""

    def __init__(self, events: TransportEvents, hello: dict[str, Any]) -> None:
        self.events = events
        self.hello = hello
        self.sent: asyncio.Queue[Sent] = asyncio.Queue()

    async def connect(self) -> None:
        await self.events.connected()

    async def rpc(self, method: str, data: Any, timeout: float) -> Any:
        if method == "$rpc.hello":
            return self.hello
        sent = Sent(method, data)
        self.sent.put_nowait(sent)
        return await sent.answer

    async def subscribe(self, channel: str) -> None: ...

    async def unsubscribe(self, channel: str) -> None: ...

    async def probe(self) -> None: ...

    async def close(self) -> None: ...

    async def next(self) -> Sent:
        return await asyncio.wait_for(self.sent.get(), 5)

    async def publish(self, sent: Sent, **body: Any) -> None:
        """Publishes the reply to a call on the user's channel."""
        await self.events.publication("user#42", sent.envelope(**body), {})

    async def lose(self, *unanswered: Sent) -> None:
        """Loses the connection: commands without an answer fail."""
        await self.events.lost(None, "on purpose")
        for sent in unanswered:
            if not sent.answer.done():
                sent.refuse(2, "closed")

    async def reconnect(self, **changes: Any) -> None:
        """Connects again; changes the gateway's hello."""
        self.hello = {**self.hello, **changes}
        await self.events.connected()


@asynccontextmanager
async def connected(
    **hello: Any,
) -> AsyncGenerator[tuple[CentrifugoRPCClient, ScriptedTransport], None]:
    """A connected client, and its transport."""
    known = {"$rpc": 1, "versions": [1], "epoch": "e1", "max_message_bytes": 65536}
    transports: list[ScriptedTransport] = []

    def create(_target: ConnectionTarget, events: TransportEvents) -> ScriptedTransport:
        transports.append(ScriptedTransport(events, {**known, "keeps_calls": True, **hello}))
        return transports[-1]

    async with CentrifugoRPCClient("test:", "", "42", transport=create) as client:
        yield client, transports[0]
