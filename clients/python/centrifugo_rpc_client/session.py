"""A transport over which calls can be made, from ``connect()`` to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from .back_off import back_off
from .envelope import HELLO_METHOD, PROTOCOL_VERSION, Hello, read_hello
from .errors import ErrorCode, RPCConnectionError, RPCError, error_of_centrifugo
from .transport import (
    COMMAND_SECONDS,
    CONNECTION_LOST,
    FIRST_SERVER_CODE,
    NO_ANSWER,
    ConnectionTarget,
    Transport,
    TransportError,
    TransportFactory,
)

CONNECT_SECONDS = 10.0
"""How long connecting may take."""

_TOKEN_EXPIRED = 109


class Session:
    """Sends calls once the gateway has answered ``$rpc.hello`` on the connection.

    The transport reconnects and subscribes again automatically. After each reconnect, the session
    sends ``$rpc.hello`` before any call. A session that has ended stays ended.

    Args:
        create_transport: Creates the transport; this session receives its events.
        target: Where and as whom to connect.
        on_ready: Receives this session and the answer to each hello: calls can be made, for the
            first time or again.
        on_publication: Receives channel, data and tags of every publication.
        on_unsubscribed: Receives channel, code and reason of a subscription that the server ended.
        on_lost: Receives the error of the calls that were sent, when their replies are lost.

    Raises:
        RPCConnectionError: The transport cannot be created for this target.
    """

    def __init__(
        self,
        create_transport: TransportFactory,
        target: ConnectionTarget,
        *,
        on_ready: Callable[[Session, Hello], None],
        on_publication: Callable[[str, Any, Mapping[str, str]], None],
        on_unsubscribed: Callable[[str, int, str], None],
        on_lost: Callable[[ErrorCode, str], None],
    ) -> None:
        self._host = urlsplit(target.url).netloc.rpartition("@")[2]
        self._renewable = target.get_token is not None
        self._on_ready = on_ready
        self._on_publication = on_publication
        self._on_unsubscribed = on_unsubscribed
        self._on_lost = on_lost
        self._hello: Hello | None = None
        self._end: RPCConnectionError | None = None
        self._closed_by_caller = False
        # Done as soon as calls can be sent or the session has ended; a new one after a loss.
        self._settled = asyncio.get_running_loop().create_future()
        self._opened = False
        self._greeting: asyncio.Task[None] | None = None
        self._last_trouble = ""
        self.transport: Transport = create_transport(target, self)

    @property
    def hello(self) -> Hello | None:
        """The gateway's answer to hello while calls can be sent."""
        return self._hello

    @property
    def ended(self) -> bool:
        """Whether this session is over and does not come back."""
        return self._end is not None

    @property
    def end(self) -> RPCError | None:
        """The error of calls after the session has ended; ``None`` before."""
        if self._end is None:
            return None
        if self._closed_by_caller:
            return RPCError(ErrorCode.CANCELLED, str(self._end))
        code = ErrorCode.UNAUTHENTICATED if self._end.unauthorized else ErrorCode.UNAVAILABLE
        return RPCError(code, f"not connected: {self._end}")

    async def open(self) -> None:
        """Connects and says hello; the first failure ends the session.

        Raises:
            RPCConnectionError: The connection failed.
        """
        deadline = asyncio.get_running_loop().time() + CONNECT_SECONDS
        try:
            await self.transport.connect()
            if not await self._settled_by(deadline):
                await self.failed(None, f"not ready after {CONNECT_SECONDS:g} s")
        except asyncio.CancelledError:
            await self.close()
            raise
        if self._end is not None:
            raise self._end

    async def close(self) -> None:
        """Ends the session because the caller wants it: calls end as cancelled."""
        self._closed_by_caller = True
        await self._finish(RPCConnectionError("disconnect() was called"))

    async def ready(self, deadline: float) -> Hello:
        """Waits until calls can be sent.

        Args:
            deadline: The end of the wait on the event loop's clock.

        Raises:
            RPCError: 503 if calls cannot be sent by then, or never again; 401 if the token is
                the reason; 499 if the caller disconnects.
        """
        while True:
            if (end := self.end) is not None:
                raise end
            if self._hello is not None:
                return self._hello
            if not await self._settled_by(deadline):
                trouble = f": {self._last_trouble}" if self._last_trouble else ""
                raise RPCError(
                    ErrorCode.UNAVAILABLE, f"no connection within the call's time{trouble}"
                )

    async def command(self, method: str, data: Any) -> Any:
        """Calls a method of the protocol itself.

        Raises:
            RPCError: The server's error.
            RPCConnectionError: No reply arrived.
        """
        try:
            return await self.transport.rpc(method, data, COMMAND_SECONDS)
        except Exception as error:
            failure = TransportError.of(error)
            if failure.code >= FIRST_SERVER_CODE:
                raise error_of_centrifugo(failure.code, failure.message) from error
            raise RPCConnectionError(failure.message) from error

    async def connected(self) -> None:
        """See :class:`TransportEvents`."""
        greeting = self._greeting is not None and not self._greeting.done()
        if self._hello is None and self._end is None and not greeting:
            # Not in the transport's event: it would wait for a reply that the event holds up.
            self._greeting = asyncio.create_task(self._greet())

    async def failed(self, code: int | None, reason: str) -> None:
        """See :class:`TransportEvents`; ends the session if no other attempt can succeed."""
        self._last_trouble = reason
        if code == _TOKEN_EXPIRED and self._renewable:
            return  # The transport asks for the next token and tries again.
        if not self._opened or code == _TOKEN_EXPIRED:
            await self._finish(self._failure(code, reason))

    async def lost(self, code: int | None, reason: str) -> None:
        """See :class:`TransportEvents`."""
        self._leave()
        self._last_trouble = f"the connection was lost: {reason}"
        self._on_lost(
            ErrorCode.OUTCOME_UNKNOWN,
            f"the connection was lost after the call was sent, so it may have run: {reason}",
        )
        if not self._opened:
            await self.failed(code, reason)

    async def closed(self, code: int | None, reason: str) -> None:
        """See :class:`TransportEvents`."""
        await self._finish(self._failure(code, reason))

    async def publication(self, channel: str, data: Any, tags: Mapping[str, str]) -> None:
        """See :class:`TransportEvents`."""
        self._on_publication(channel, data, tags)

    async def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """See :class:`TransportEvents`."""
        self._on_unsubscribed(channel, code, reason)

    async def _greet(self) -> None:
        attempt = 0
        while not self.ended:
            try:
                data = {"$rpc": PROTOCOL_VERSION}
                hello = read_hello(await self.transport.rpc(HELLO_METHOD, data, COMMAND_SECONDS))
            except RPCConnectionError as error:
                await self._finish(self._failure(None, str(error)))
            except Exception as error:
                failure = TransportError.of(error)
                if failure.code == CONNECTION_LOST:
                    return  # The next connection greets again.
                if failure.code == NO_ANSWER:
                    await self.failed(None, f"{HELLO_METHOD} was not answered in time")
                else:
                    code = failure.code if failure.code >= FIRST_SERVER_CODE else None
                    await self.failed(code, f"{HELLO_METHOD} failed: {failure.message}")
            else:
                self._enter(hello)
                return
            if not self.ended:
                await asyncio.sleep(back_off(attempt))
                attempt += 1

    def _enter(self, hello: Hello) -> None:
        self._hello = hello
        self._opened = True
        self._last_trouble = ""
        self._settled.set_result(None)
        self._on_ready(self, hello)

    def _leave(self) -> None:
        self._hello = None
        if self._settled.done():
            self._settled = asyncio.get_running_loop().create_future()
        # hello itself may be what ends the connection.
        if self._greeting is not None and self._greeting is not asyncio.current_task():
            self._greeting.cancel()
            self._greeting = None  # So that connected() starts another, also before this one ends.

    async def _finish(self, end: RPCConnectionError) -> None:
        if self._end is not None:
            return
        self._end = end
        self._leave()
        self._settled.set_result(None)
        if self._closed_by_caller:
            self._on_lost(ErrorCode.CANCELLED, str(end))
        else:
            self._on_lost(ErrorCode.OUTCOME_UNKNOWN, f"the call may have run: {end}")
        await self.transport.close()

    async def _settled_by(self, deadline: float) -> bool:
        settled = self._settled
        seconds = max(0.0, deadline - asyncio.get_running_loop().time())
        # Not wait_for(), which can swallow a cancellation before Python 3.12.
        await asyncio.wait({settled}, timeout=seconds)
        return settled.done()

    def _failure(self, code: int | None, reason: str) -> RPCConnectionError:
        suffix = "" if code is None else f" (code {code})"
        verb = "lost the connection to" if self._opened else "cannot connect to"
        return RPCConnectionError(f"{verb} {self._host}: {reason}{suffix}", code)
