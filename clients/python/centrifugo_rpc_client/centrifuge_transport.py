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
    StreamPosition,
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
    PROBE_SECONDS,
    ConnectionTarget,
    TransportError,
    TransportEvents,
)

# The SDK's codes: of events that follow from calls of its methods, and of a connection without a
# new token.
_CONNECT_CALLED = 0
_DISCONNECT_CALLED = 0
_UNSUBSCRIBE_CALLED = 0
_NO_TOKEN = 1
# How much longer than PROBE_SECONDS to wait for the answer to a probe.
_GRACE_SECONDS = 0.5
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
        self._closed = False
        # When the server last sent something that the SDK reports, on the event loop's clock.
        self._heard = 0.0
        self._probing = False
        self.sdk = Client(
            target.url,
            token=target.token,
            # Without it the SDK lets the server end the connection some time after the token has
            # expired.
            get_token=self._next_token,
            events=_ClientEvents(self, events),
            timeout=COMMAND_SECONDS,
        )

    async def connect(self) -> None:
        """See :class:`Transport`."""
        await _UserChannel(self, self._events, user_channel(self._user_id)).subscribe()
        # Returns when the SDK's first attempt has ended, whether it is connected or not.
        await self.sdk.connect()
        if self.sdk.state is not ClientState.CONNECTED and not self._renewing:
            await self._events.failed(None, "the connection was closed before the server answered")

    async def rpc(self, method: str, data: Any, timeout: float) -> Any:
        """See :class:`Transport`."""
        try:
            data = (await self.sdk.rpc(method, data, timeout=timeout)).data
        except ReplyError as error:
            self.heard()
            raise TransportError(error.code, error.message) from error
        except OperationTimeoutError as error:
            raise TransportError(NO_ANSWER, str(error)) from error
        except ClientDisconnectedError as error:
            raise TransportError(CONNECTION_LOST, str(error)) from error
        self.heard()
        return data

    async def subscribe(self, channel: str) -> None:
        """See :class:`Transport`."""
        # The SDK keeps one that the server has ended, or whose unsubscribe command is being sent.
        known = self.sdk.get_subscription(channel)
        if known is not None:
            self.sdk.remove_subscription(known)
        joined = _ApplicationChannel(self, self._events, channel)
        try:
            await joined.subscribe()
            await joined.accepted
        except BaseException:
            await joined.unsubscribe()
            raise

    async def unsubscribe(self, channel: str) -> None:
        """See :class:`Transport`."""
        subscription = self.sdk.get_subscription(channel)
        if subscription is not None:
            await subscription.unsubscribe()
            self.sdk.remove_subscription(subscription)

    async def probe(self) -> None:
        """See :class:`Transport`."""
        if self._probing:
            return
        self._probing = True
        before = self._heard
        try:
            await asyncio.sleep(before + PROBE_SECONDS - asyncio.get_running_loop().time())
            if self._heard != before or self.sdk.state is not ClientState.CONNECTED:
                return
            # Centrifugo answers this without the gateway. An error is an answer, too.
            command = asyncio.ensure_future(self.sdk.presence_stats(user_channel(self._user_id)))
            answered, _ = await asyncio.wait({command}, timeout=PROBE_SECONDS)
            if not answered:
                # If something has blocked the event loop, the answer may be in the socket already.
                answered, _ = await asyncio.wait({command}, timeout=_GRACE_SECONDS)
            command.cancel()
            if answered and not isinstance(command.exception(), OperationTimeoutError):
                self.heard()
            elif self._heard == before and not self._closed:
                # Without waiting for the old socket.
                await self.sdk.disconnect()
                await self._events.lost(None, "the server no longer answers")
                if not self._closed:
                    await self.sdk.connect()
        finally:
            self._probing = False

    async def close(self) -> None:
        """See :class:`Transport`."""
        self._closed = True
        self._tokens.close()
        await self.sdk.disconnect()

    def heard(self) -> None:
        """Records that the server has sent something, or that the connection is another one."""
        self._heard = asyncio.get_running_loop().time()

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
        if code == _DISCONNECT_CALLED:
            return
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
            self._transport.heard()
            await self._events.lost(server_code(ctx.code), ctx.reason)

    async def on_error(self, ctx: ErrorContext) -> None:
        await self._transport.failed(ctx.error)

    async def on_disconnected(self, ctx: DisconnectedContext) -> None:
        await self._transport.disconnected(ctx.code, ctx.reason)


class _Channel(SubscriptionEventHandler):  # type: ignore[misc]
    """A channel and its current subscription of the SDK.

    If the server has begun another history, as after a restart of Redis, the SDK continues with the
    next publication. A new subscription then receives that history from its beginning.
    """

    recoverable = False

    def __init__(
        self, transport: CentrifugeTransport, events: TransportEvents, channel: str
    ) -> None:
        self.transport = transport
        self.events = events
        self.channel = channel
        # The epoch of the last history that was requested from its beginning.
        self._epoch: str | None = None
        # Whether the SDK has received the position of that beginning.
        self._begun = False
        # Whether the server could not recover from there either.
        self._missed = False
        self._subscription: Any = None

    async def subscribe(self, *, from_beginning: bool = False) -> None:
        """Subscribes. Replaces the current subscription, if any."""
        if self._subscription is not None:
            await self.unsubscribe()
        self._begun = False
        self._subscription = self.transport.sdk.new_subscription(
            self.channel,
            events=self,
            recoverable=self.recoverable,
            get_state=self._beginning if from_beginning else None,
        )
        await self._subscription.subscribe()

    async def unsubscribe(self) -> None:
        """Ends the subscription."""
        await self._subscription.unsubscribe()
        self.transport.sdk.remove_subscription(self._subscription)

    async def on_subscribed(self, ctx: SubscribedContext) -> None:
        self.transport.heard()
        missed = self._missed or (ctx.was_recovering and not ctx.recovered)
        self._missed = False
        epoch = None if ctx.stream_position is None else ctx.stream_position.epoch
        if missed and epoch not in {None, self._epoch}:
            self._epoch = epoch
            await self.subscribe(from_beginning=True)
        else:
            await self.subscribed(missed)

    async def on_publication(self, ctx: PublicationContext) -> None:
        self.transport.heard()
        await self.events.publication(self.channel, ctx.pub.data, ctx.pub.tags or {})

    async def on_unsubscribed(self, ctx: UnsubscribedContext) -> None:
        if ctx.code != _UNSUBSCRIBE_CALLED:
            await self.ended(ctx.code, ctx.reason)

    async def subscribed(self, missed: bool) -> None:
        """Reports that the server has accepted; ``missed``: publications were lost for good."""
        raise NotImplementedError

    async def ended(self, code: int, reason: str) -> None:
        """Reports that the server has refused or ended the subscription."""
        raise NotImplementedError

    async def _beginning(self, _channel: str) -> StreamPosition:
        # The SDK calls this again if the server cannot recover from the returned position.
        if self._begun:
            self._missed = True
            await self.subscribe()
        self._begun = True
        return StreamPosition(offset=0, epoch=self._epoch or "")


class _UserChannel(_Channel):
    recoverable = True

    async def subscribed(self, missed: bool) -> None:
        if missed:
            await self.events.lost(None, f"replies on {self.channel} were missed")
        await self.events.connected()

    async def ended(self, code: int, reason: str) -> None:
        await self.transport.user_channel_unsubscribed(self.channel, code, reason)

    async def on_error(self, ctx: SubscriptionErrorContext) -> None:
        await self.transport.failed(ctx.error)


class _ApplicationChannel(_Channel):
    def __init__(
        self, transport: CentrifugeTransport, events: TransportEvents, channel: str
    ) -> None:
        super().__init__(transport, events, channel)
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def subscribed(self, missed: bool) -> None:
        if not self.accepted.done():
            self.accepted.set_result(None)

    async def ended(self, code: int, reason: str) -> None:
        if self.accepted.done():
            await self.events.unsubscribed(self.channel, code, reason)
        else:
            self.accepted.set_exception(TransportError(code, reason))
