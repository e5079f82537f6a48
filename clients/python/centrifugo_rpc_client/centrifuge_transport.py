"""The transport over Centrifugo's official SDK, which only this module knows."""

from __future__ import annotations

import asyncio
from typing import Any

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
    UnauthorizedError,
    UnsubscribedContext,
)

from .envelope import user_channel
from .errors import RPCConnectionError
from .errors import UnauthorizedError as TokenRefusedError
from .token_source import TokenSource
from .transport import (
    COMMAND_SECONDS,
    CONNECTION_LOST,
    FIRST_SERVER_CODE,
    NO_ANSWER,
    ConnectionTarget,
    TransportError,
    TransportEvents,
)

# With this code the SDK announces the connect() that we called, not a lost connection.
_CONNECT_CALLED = 0
# With this code the SDK announces the unsubscribe() that we called.
_UNSUBSCRIBE_CALLED = 0
# With this code the SDK ends the connection when there is no next token.
_NO_TOKEN = 1
_UNAUTHORIZED = 101
_PERMISSION_DENIED = 103
_TOKEN_EXPIRED = 109


class CentrifugeTransport:
    """A :class:`Transport` over a WebSocket.

    Raises:
        RPCConnectionError: There is neither a token nor ``get_token``.
    """

    def __init__(self, target: ConnectionTarget, events: TransportEvents) -> None:
        if not target.token and target.get_token is None:
            raise RPCConnectionError("the token is empty: pass the user's JWT, or get_token")
        self._user_id = target.user_id
        self._events = events
        self._tokens = TokenSource(target.get_token)
        self._renewing = False
        self._sdk = Client(
            target.url,
            token=target.token,
            # Without it the SDK lets the server end the connection some time after the token has
            # expired.
            get_token=self._next_token,
            events=_ClientEvents(self, events),
            timeout=COMMAND_SECONDS,
        )
        channel = user_channel(target.user_id)
        self._subscription = self._sdk.new_subscription(
            channel, events=_UserChannelEvents(self, events, channel), recoverable=True
        )

    async def connect(self) -> None:
        """See :class:`Transport`."""
        await self._subscription.subscribe()
        # Returns when the SDK's first attempt has ended, whether it is connected or not.
        await self._sdk.connect()
        if self._sdk.state is not ClientState.CONNECTED and not self._renewing:
            await self._events.failed(None, "the connection was closed before the server answered")

    async def rpc(self, method: str, data: Any, timeout: float) -> Any:
        """See :class:`Transport`."""
        try:
            return (await self._sdk.rpc(method, data, timeout=timeout)).data
        except ReplyError as error:
            raise TransportError(error.code, error.message) from error
        except OperationTimeoutError as error:
            raise TransportError(NO_ANSWER, str(error)) from error
        except ClientDisconnectedError as error:
            raise TransportError(CONNECTION_LOST, str(error)) from error

    async def subscribe(self, channel: str) -> None:
        """See :class:`Transport`."""
        accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        events = _ChannelEvents(self._events, channel, accepted)
        subscription = self._sdk.new_subscription(channel, events=events)
        try:
            await subscription.subscribe()
            await accepted
        except BaseException:
            await self.unsubscribe(channel)
            raise

    async def unsubscribe(self, channel: str) -> None:
        """See :class:`Transport`."""
        subscription = self._sdk.get_subscription(channel)
        if subscription is not None:
            await subscription.unsubscribe()
            self._sdk.remove_subscription(subscription)

    async def close(self) -> None:
        """See :class:`Transport`."""
        self._tokens.close()
        await self._sdk.disconnect()

    async def failed(self, error: Exception) -> None:
        """An attempt to connect or to subscribe to the user's channel failed."""
        code, reason = None, str(error) or type(error).__name__
        if isinstance(error, ReplyError):
            code, reason = error.code, error.message
        # The SDK asks for the next token and tries again.
        self._renewing = self._renewing or (code == _TOKEN_EXPIRED and self._tokens.renewable)
        await self._events.failed(server_code(code), reason)

    async def disconnected(self, code: int, reason: str) -> None:
        """The SDK has given up: no token, or a disconnect code after which it must."""
        if code == _NO_TOKEN:
            code = _UNAUTHORIZED if self._tokens.renewable else _TOKEN_EXPIRED
            reason = self._tokens.refusal
        await self._events.closed(server_code(code), reason)

    async def user_channel_unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """The server refused or ended the subscription to the user's channel for good."""
        hint = ""
        if code == _PERMISSION_DENIED:
            hint = (
                f": the token and user_id {self._user_id!r} belong to different users, or "
                "Centrifugo's option allow_user_limited_channels is off"
            )
        text = f"no subscription to {channel}: {reason}{hint}"
        await self._events.closed(server_code(code), text)

    async def _next_token(self) -> str:
        try:
            return await self._tokens.next()
        except TokenRefusedError as error:
            raise UnauthorizedError(str(error)) from error


def server_code(code: int | None) -> int | None:
    """Centrifugo's code; ``None`` for the SDK's own codes."""
    return code if code is not None and code >= FIRST_SERVER_CODE else None


class _ClientEvents(ClientEventHandler):  # type: ignore[misc]
    def __init__(self, transport: CentrifugeTransport, events: TransportEvents) -> None:
        self._transport = transport
        self._events = events

    async def on_connecting(self, ctx: ConnectingContext) -> None:
        if ctx.code != _CONNECT_CALLED:
            await self._events.lost(server_code(ctx.code), ctx.reason)

    async def on_error(self, ctx: ErrorContext) -> None:
        await self._transport.failed(ctx.error)

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        await self._transport.disconnected(ctx.code, ctx.reason)


class _UserChannelEvents(SubscriptionEventHandler):  # type: ignore[misc]
    def __init__(
        self, transport: CentrifugeTransport, events: TransportEvents, channel: str
    ) -> None:
        self._transport = transport
        self._events = events
        self._channel = channel

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        await self._events.connected()

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        await self._transport.user_channel_unsubscribed(self._channel, ctx.code, ctx.reason)

    async def on_publication(self, ctx: PublicationContext) -> None:
        await self._events.publication(self._channel, ctx.pub.data, ctx.pub.tags or {})

    async def on_error(self, ctx: SubscriptionErrorContext) -> None:
        await self._transport.failed(ctx.error)


class _ChannelEvents(SubscriptionEventHandler):  # type: ignore[misc]
    """The events of a channel that the application subscribed to."""

    def __init__(
        self, events: TransportEvents, channel: str, accepted: asyncio.Future[None]
    ) -> None:
        self._events = events
        self._channel = channel
        self._accepted = accepted

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        if not self._accepted.done():
            self._accepted.set_result(None)

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        if not self._accepted.done():
            self._accepted.set_exception(TransportError(ctx.code, ctx.reason))
        elif ctx.code != _UNSUBSCRIBE_CALLED:
            await self._events.unsubscribed(self._channel, ctx.code, ctx.reason)

    async def on_publication(self, ctx: PublicationContext) -> None:
        await self._events.publication(self._channel, ctx.pub.data, ctx.pub.tags or {})
