"""One connection to Centrifugo, from ``connect()`` to its end, through all its reconnects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

# The SDK carries no type information: mypy sees Any here.
from centrifuge import (  # type: ignore[import-untyped]
    Client,
    ClientDisconnectedError,
    ClientEventHandler,
    ClientState,
    ConnectingContext,
    DisconnectedContext,
    ErrorContext,
    OperationTimeoutError,
    PublicationContext,
    ReplyError,
    SubscribedContext,
    SubscriptionErrorContext,
    SubscriptionEventHandler,
    UnsubscribedContext,
)

from .envelope import (
    HELLO_METHOD,
    PROTOCOL_VERSION,
    Session,
    read_hello,
    user_channel,
)
from .errors import ErrorCode, RPCConnectionError, RPCError
from .token_source import TokenSource

CONNECT_SECONDS = 10.0
"""How long connecting may take."""
COMMAND_SECONDS = 5.0
"""How long the SDK waits for the handshake and for the reply to a command that is no call."""

_FIRST_HELLO_DELAY = 0.1
_LONGEST_HELLO_DELAY = 5.0

# With this code the SDK announces the connect() that we called, not a lost connection.
_CONNECT_CALLED = 0
# With this code the SDK announces the unsubscribe() that we called.
_UNSUBSCRIBE_CALLED = 0
# With this code the SDK ends the connection when there is no next token.
_NO_TOKEN = 1
# Below are the SDK's own codes, from here on Centrifugo's.
_FIRST_SERVER_CODE = 100
_UNAUTHORIZED = 101
_PERMISSION_DENIED = 103
_TOKEN_EXPIRED = 109


class SubscriptionRefusedError(Exception):
    """The server does not give a channel."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Connection:
    """Calls can be sent while there is a session: connected, subscribed, and hello answered.

    The SDK reconnects and subscribes again on its own; after each time ``$rpc.hello`` is said
    again before a call goes out. A connection that has ended stays ended.

    Args:
        url: The WebSocket URL of Centrifugo.
        token: The JWT of the user; empty to ask ``tokens`` for the first one, too.
        tokens: Where the next token comes from when this one expires.
        user_id: The user of the token.
        on_publication: Receives channel, data and tags of every publication.
        on_session: Receives what each hello said: calls can be made, for the first time or again.
        on_unsubscribed: Receives channel, code and reason of a subscription that the server ended.
        on_lost: Receives how the calls that were sent end, each time they cannot be answered
            any more.
    """

    def __init__(
        self,
        url: str,
        token: str,
        user_id: str,
        *,
        tokens: TokenSource,
        on_publication: Callable[[str, Any, Mapping[str, str]], None],
        on_session: Callable[[Session], None],
        on_unsubscribed: Callable[[str, int, str], None],
        on_lost: Callable[[ErrorCode, str], None],
    ) -> None:
        self._host = urlsplit(url).netloc.rpartition("@")[2]
        self._user_id = user_id
        self._tokens = tokens
        self._on_publication = on_publication
        self._on_session = on_session
        self._on_unsubscribed = on_unsubscribed
        self._on_lost = on_lost
        self._session: Session | None = None
        self._end: RPCConnectionError | None = None
        self._closed_by_caller = False
        # Done as soon as there is a session or an end; a new one after a lost connection.
        self._settled = asyncio.get_running_loop().create_future()
        self._opened = False
        self._renewing = False
        self._greeting: asyncio.Task[None] | None = None
        self._last_trouble = ""
        self._sdk = Client(
            url,
            token=token,
            # Asked when the token expires, even to say that there is no other: without it the SDK
            # would let the server end the connection, some time later. Without any token the
            # server decides.
            get_token=tokens.next if token or tokens.renewable else None,
            events=_ClientEvents(self),
            timeout=COMMAND_SECONDS,
        )
        self._subscription = self._sdk.new_subscription(
            user_channel(user_id), events=_SubscriptionEvents(self), recoverable=True
        )

    @property
    def channel(self) -> str:
        """The user's own channel."""
        return user_channel(self._user_id)

    @property
    def current_session(self) -> Session | None:
        """The session while calls can be sent."""
        return self._session

    @property
    def ended(self) -> bool:
        """Whether this connection is over and does not come back."""
        return self._end is not None

    async def open(self) -> None:
        """Connects, subscribes and says hello; the first failure ends the connection.

        Raises:
            RPCConnectionError: Why there is no connection.
        """
        deadline = asyncio.get_running_loop().time() + CONNECT_SECONDS
        try:
            await self._subscription.subscribe()
            # Returns when the SDK's first attempt is over, however it went.
            await self._sdk.connect()
            if self._sdk.state is not ClientState.CONNECTED and not self._renewing:
                await self.troubled(None, "the connection was closed before the server answered")
            if not await self._settled_by(deadline):
                await self.troubled(None, f"not ready after {CONNECT_SECONDS:g} s")
        except asyncio.CancelledError:
            await self.close()
            raise
        if self._end is not None:
            raise self._end

    async def close(self) -> None:
        """Ends the connection at the caller's wish: calls end as cancelled."""
        self._closed_by_caller = True
        await self._finish(RPCConnectionError("disconnect() was called"))

    async def session(self, deadline: float) -> Session:
        """Waits until calls can be sent.

        Args:
            deadline: The end of the wait on the event loop's clock.

        Raises:
            RPCError: 503 when there is no session by then, or never again; 401 when the token is
                why; 499 when the caller disconnects.
        """
        while True:
            if self._end is not None:
                raise self._error_after_end(self._end)
            if self._session is not None:
                return self._session
            if not await self._settled_by(deadline):
                trouble = f": {self._last_trouble}" if self._last_trouble else ""
                raise RPCError(
                    ErrorCode.UNAVAILABLE, f"no connection within the call's time{trouble}"
                )

    async def rpc(self, method: str, data: Any, seconds: float) -> Any:
        """Sends one ``rpc`` command and gives the data of its reply; the SDK's errors are its."""
        result = await self._sdk.rpc(method, data, timeout=seconds)
        return result.data

    async def lost(self, code: int, reason: str) -> None:
        """The SDK lost the connection and begins to reconnect."""
        self._leave_session()
        self._last_trouble = f"the connection was lost: {reason}"
        self._on_lost(
            ErrorCode.OUTCOME_UNKNOWN,
            f"the connection was lost after the call was sent, so it may have run: {reason}",
        )
        if not self._opened:
            await self.troubled(code, reason)

    async def subscribed(self) -> None:
        """The user's channel is subscribed: replies can arrive, so hello can be said."""
        greeting = self._greeting is not None and not self._greeting.done()
        if self._session is None and self._end is None and not greeting:
            # Not in the SDK's callback: it would wait for a reply that the callback holds up.
            self._greeting = asyncio.create_task(self._greet())

    async def unsubscribed(self, code: int, reason: str) -> None:
        """The server refused or ended the subscription for good."""
        channel = self._subscription.channel
        hint = ""
        if code == _PERMISSION_DENIED:
            hint = (
                f": the token and user_id {self._user_id!r} belong to different users, or "
                "Centrifugo's option allow_user_limited_channels is off"
            )
        await self._finish(self._failure(code, f"no subscription to {channel}: {reason}{hint}"))

    async def troubled(self, code: int | None, reason: str) -> None:
        """An attempt failed: the end before the first session, or when no other can succeed."""
        self._last_trouble = reason
        if code == _TOKEN_EXPIRED and self._tokens.renewable:
            # The SDK asks for the next one and tries again.
            self._renewing = True
        elif not self._opened or code == _TOKEN_EXPIRED:
            await self._finish(self._failure(code, reason))

    async def disconnected(self, code: int, reason: str) -> None:
        """The SDK has given up: no token, or a disconnect code that does not allow to reconnect."""
        if code == _NO_TOKEN:
            code = _UNAUTHORIZED if self._tokens.renewable else _TOKEN_EXPIRED
            reason = self._tokens.refusal
        await self._finish(self._failure(code, reason))

    def published(self, channel: str, data: Any, tags: Mapping[str, str]) -> None:
        """A publication on the user's channel or on another."""
        self._on_publication(channel, data, tags)

    async def subscribe(self, channel: str) -> None:
        """Subscribes to a channel that is not the user's own, for as long as the connection lasts.

        Raises:
            SubscriptionRefusedError: The server's reason.
        """
        accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        events = _ChannelEvents(self, channel, accepted)
        subscription = self._sdk.new_subscription(channel, events=events)
        try:
            await subscription.subscribe()
            await accepted
        except BaseException:
            await self.unsubscribe(channel)
            raise

    async def unsubscribe(self, channel: str) -> None:
        """Ends a subscription of :meth:`subscribe`."""
        subscription = self._sdk.get_subscription(channel)
        if subscription is not None:
            await subscription.unsubscribe()
            self._sdk.remove_subscription(subscription)

    async def channel_unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """The server ended a subscription of :meth:`subscribe`."""
        self._on_unsubscribed(channel, code, reason)

    async def _greet(self) -> None:
        delay = _FIRST_HELLO_DELAY
        while not self.ended:
            try:
                data = await self.rpc(HELLO_METHOD, {"$rpc": PROTOCOL_VERSION}, COMMAND_SECONDS)
                self._enter_session(read_hello(data))
                return
            except ClientDisconnectedError:
                return  # The next connection greets again.
            except RPCConnectionError as error:
                await self._finish(self._failure(None, str(error)))
            except ReplyError as error:
                await self.troubled(error.code, f"{HELLO_METHOD} failed: {error.message}")
            except OperationTimeoutError:
                await self.troubled(None, f"{HELLO_METHOD} was not answered in time")
            if not self.ended:
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_HELLO_DELAY)

    def _enter_session(self, session: Session) -> None:
        self._session = session
        self._opened = True
        self._last_trouble = ""
        self._settled.set_result(None)
        self._on_session(session)

    def _leave_session(self) -> None:
        self._session = None
        if self._settled.done():
            self._settled = asyncio.get_running_loop().create_future()
        # hello itself may be what ends the connection.
        if self._greeting is not None and self._greeting is not asyncio.current_task():
            self._greeting.cancel()

    async def _finish(self, end: RPCConnectionError) -> None:
        if self._end is not None:
            return
        self._end = end
        self._leave_session()
        self._settled.set_result(None)
        if self._closed_by_caller:
            self._on_lost(ErrorCode.CANCELLED, str(end))
        else:
            self._on_lost(ErrorCode.OUTCOME_UNKNOWN, f"the call may have run: {end}")
        self._tokens.close()
        await self._sdk.disconnect()

    async def _settled_by(self, deadline: float) -> bool:
        settled = self._settled
        seconds = max(0.0, deadline - asyncio.get_running_loop().time())
        # Not wait_for(), which can swallow a cancellation before Python 3.12.
        await asyncio.wait({settled}, timeout=seconds)
        return settled.done()

    def _failure(self, code: int | None, reason: str) -> RPCConnectionError:
        server_code = code if code is not None and code >= _FIRST_SERVER_CODE else None
        suffix = "" if server_code is None else f" (code {server_code})"
        verb = "lost the connection to" if self._opened else "cannot connect to"
        return RPCConnectionError(f"{verb} {self._host}: {reason}{suffix}", server_code)

    def _error_after_end(self, end: RPCConnectionError) -> RPCError:
        if self._closed_by_caller:
            return RPCError(ErrorCode.CANCELLED, str(end))
        code = ErrorCode.UNAUTHENTICATED if end.unauthorized else ErrorCode.UNAVAILABLE
        return RPCError(code, f"not connected: {end}")


class _ClientEvents(ClientEventHandler):  # type: ignore[misc]
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def on_connecting(self, ctx: ConnectingContext) -> None:
        if ctx.code != _CONNECT_CALLED:
            await self._connection.lost(ctx.code, ctx.reason)

    async def on_error(self, ctx: ErrorContext) -> None:
        await self._connection.troubled(*_cause(ctx.error))

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        await self._connection.disconnected(ctx.code, ctx.reason)


class _SubscriptionEvents(SubscriptionEventHandler):  # type: ignore[misc]
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        await self._connection.subscribed()

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        await self._connection.unsubscribed(ctx.code, ctx.reason)

    async def on_publication(self, ctx: PublicationContext) -> None:
        pub = ctx.pub
        self._connection.published(self._connection.channel, pub.data, pub.tags or {})

    async def on_error(self, ctx: SubscriptionErrorContext) -> None:
        await self._connection.troubled(*_cause(ctx.error))


class _ChannelEvents(SubscriptionEventHandler):  # type: ignore[misc]
    """The events of a channel that the application subscribed to."""

    def __init__(
        self, connection: Connection, channel: str, accepted: asyncio.Future[None]
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._accepted = accepted

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        if not self._accepted.done():
            self._accepted.set_result(None)

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        if not self._accepted.done():
            self._accepted.set_exception(SubscriptionRefusedError(ctx.code, ctx.reason))
        elif ctx.code != _UNSUBSCRIBE_CALLED:
            await self._connection.channel_unsubscribed(self._channel, ctx.code, ctx.reason)

    async def on_publication(self, ctx: PublicationContext) -> None:
        self._connection.published(self._channel, ctx.pub.data, ctx.pub.tags or {})


def _cause(error: Exception) -> tuple[int | None, str]:
    if isinstance(error, ReplyError):
        return error.code, error.message
    return None, str(error) or type(error).__name__
