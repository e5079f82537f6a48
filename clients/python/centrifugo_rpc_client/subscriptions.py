"""Callbacks for channels, and the acknowledgements of what they have received."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from .back_off import back_off
from .envelope import ACK_METHOD, PROTOCOL_VERSION, message_id_of, uuid7
from .errors import RETRYABLE_CODES, ErrorCode, RPCError, error_of_centrifugo, guarded
from .session import Session
from .transport import Transport, TransportError

_logger = logging.getLogger("centrifugo_rpc")

# How many messages are remembered, so that a repeated one is ignored.
_REMEMBERED_MESSAGES = 1000
# How long to wait before an unanswered acknowledgement is sent again, in seconds.
# The codes after which an acknowledgement is sent again.
_TEMPORARY = RETRYABLE_CODES | {ErrorCode.OUTCOME_UNKNOWN}


@dataclass(frozen=True)
class ChannelMessage:
    """What arrived on a channel besides its data."""

    channel: str
    message_id: str | None
    """The ID under which it was published, when the publisher waits for acknowledgements."""
    tags: Mapping[str, str]
    """The publication's tags (https://centrifugal.dev/docs/server/server_api#publish)."""


ChannelCallback = Callable[[Any, ChannelMessage], Awaitable[None] | None]
"""Handles the data of a channel: one publication at a time, in the order of arrival."""

OnError = Callable[[Exception], None]


class Subscription:
    """One callback of one channel. A channel may have several."""

    def __init__(self, channel: str, end: Callable[[], Awaitable[None]]) -> None:
        self.channel = channel
        self._end = end

    async def unsubscribe(self) -> None:
        """Stops calling the callback. It is safe to call this twice."""
        await self._end()


@dataclass(eq=False)
class _Subscriber:
    callback: ChannelCallback
    on_error: OnError
    # Whether subscribe() has returned; from then on, on_error reports the end.
    subscribed: bool = False
    # Held while the callback works, so that messages come one after the other.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(eq=False)
class _OpenChannel:
    subscribers: list[_Subscriber] = field(default_factory=list[_Subscriber])
    # Set right after construction.
    accepted: asyncio.Future[None] = field(init=False)
    # Where the connection is subscribed, or about to be.
    transport: Transport | None = None
    # The reason of its end, unless the last subscriber has unsubscribed.
    end: RPCError | None = None


class Subscriptions:
    """The callbacks of all channels.

    Args:
        own_channel: The user's channel, which the connection itself is subscribed to.
        timeout: How long the server may take to accept a subscription, in seconds.
        current: Returns the session of the connection, or raises an RPCError without one.
        start: Runs a coroutine in the background.
    """

    def __init__(
        self,
        own_channel: str,
        timeout: float,
        current: Callable[[], Session],
        start: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self._own_channel = own_channel
        self._timeout = timeout
        self._current = current
        self._start = start
        self._open: dict[str, _OpenChannel] = {}
        self._subscriber_id = uuid7()
        # (channel, message ID) of what was handed over, the oldest first.
        self._received: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._acknowledging: set[asyncio.Task[None]] = set()

    async def add(
        self, channel: str, callback: ChannelCallback, on_error: OnError | None
    ) -> Subscription:
        """Adds a callback, and subscribes to the channel if it is its first."""
        opened = self._open.get(channel)
        if opened is None:
            opened = self._open[channel] = _OpenChannel()
            opened.accepted = asyncio.ensure_future(self._join(channel, opened))
            # asyncio warns about an exception that nobody has retrieved.
            opened.accepted.add_done_callback(lambda task: task.cancelled() or task.exception())
        subscriber = _Subscriber(callback, on_error or _report)
        opened.subscribers.append(subscriber)

        async def end() -> None:
            if subscriber in opened.subscribers:
                opened.subscribers.remove(subscriber)
            if not opened.subscribers and self._open.get(channel) is opened:
                del self._open[channel]
                opened.accepted.cancel()
                if opened.transport is not None:
                    await opened.transport.unsubscribe(channel)

        try:
            await asyncio.wait({opened.accepted})
            if opened.end is not None:
                raise opened.end
            opened.accepted.result()
        except BaseException:
            await end()
            raise
        subscriber.subscribed = True
        return Subscription(channel, end)

    async def _join(self, channel: str, opened: _OpenChannel) -> None:
        session = self._current()
        await session.ready(asyncio.get_running_loop().time() + self._timeout)
        if channel == self._own_channel:
            return
        opened.transport = session.transport
        try:
            await asyncio.wait_for(session.transport.subscribe(channel), self._timeout)
        except asyncio.TimeoutError:
            text = f"cannot subscribe to {channel}: no answer within {self._timeout:g} s"
            raise RPCError(ErrorCode.DEADLINE_EXCEEDED, text) from None
        except Exception as error:
            failure = TransportError.of(error)
            raise subscription_error(channel, failure.code, failure.message) from None

    def end(self, error: RPCError, channel: str) -> None:
        """Ends the subscriptions of a channel. Their ``on_error`` learns why."""
        opened = self._open.pop(channel, None)
        if opened is None:
            return
        opened.end = error
        opened.accepted.cancel()
        if error.code == ErrorCode.CANCELLED:
            return  # The application has called disconnect().
        for subscriber in opened.subscribers:
            if subscriber.subscribed:
                guarded("on_error", subscriber.on_error, error)

    def end_all(self, error: RPCError) -> None:
        """Ends all subscriptions, and what is still to be acknowledged."""
        for channel in list(self._open):
            self.end(error, channel)
        for task in self._acknowledging:
            task.cancel()

    def receive(self, channel: str, data: Any, tags: Mapping[str, str]) -> None:
        """Hands a publication to the channel's callbacks; acknowledges when all have returned."""
        opened = self._open.get(channel)
        if opened is None:
            return
        message = ChannelMessage(channel, message_id_of(tags), tags)
        if message.message_id is not None:
            if (channel, message.message_id) in self._received:
                return
            self._remember((channel, message.message_id))
        # Not in the SDK's callback: a callback that makes a call would wait for ever.
        self._start(self._deliver(self._current(), opened, data, message))

    def _remember(self, key: tuple[str, str]) -> None:
        self._received[key] = None
        if len(self._received) > _REMEMBERED_MESSAGES:
            self._received.popitem(last=False)

    async def _deliver(
        self, session: Session, opened: _OpenChannel, data: Any, message: ChannelMessage
    ) -> None:
        handled = False
        try:
            handled = all(
                await asyncio.gather(
                    *(_hand_over(opened, each, data, message) for each in opened.subscribers)
                )
            )
        finally:
            if message.message_id is not None and not handled:
                # If it arrives again, the callback may succeed.
                self._received.pop((message.channel, message.message_id), None)
        if message.message_id is not None and handled:
            task = asyncio.create_task(self._acknowledge(session, message.message_id))
            self._acknowledging.add(task)
            task.add_done_callback(self._acknowledging.discard)

    async def _acknowledge(self, session: Session, message_id: str) -> None:
        """Acknowledges until the gateway has answered or the session has ended."""
        data = {
            "$rpc": PROTOCOL_VERSION,
            "message_id": message_id,
            "subscriber_id": self._subscriber_id,
        }
        attempt = 0
        while not session.ended:
            try:
                await session.ready(asyncio.get_running_loop().time() + self._timeout)
                await session.command(ACK_METHOD, data)
                return
            except RPCError as error:
                if error.code not in _TEMPORARY:
                    return
            except ConnectionError:
                pass
            await asyncio.sleep(back_off(attempt))
            attempt += 1


_UNKNOWN_CHANNEL = 102
# From here on are the codes with which Centrifugo ends subscriptions.
_UNSUBSCRIBED = 2000


def subscription_error(channel: str, code: int, reason: str) -> RPCError:
    """Returns the error of a subscription that the server refused or ended."""
    refused = code == _UNKNOWN_CHANNEL or code >= _UNSUBSCRIBED
    known = ErrorCode.PERMISSION_DENIED if refused else error_of_centrifugo(code, reason).code
    return RPCError(known, f"cannot subscribe to {channel}: {reason}")


async def _hand_over(
    opened: _OpenChannel, subscriber: _Subscriber, data: Any, message: ChannelMessage
) -> bool:
    """Calls the callback after the earlier messages, and returns whether it succeeded."""
    async with subscriber.turn:
        if opened.end is not None or subscriber not in opened.subscribers:
            return False
        try:
            returned = subscriber.callback(data, message)
            if inspect.isawaitable(returned):
                await returned
        except Exception as error:
            guarded("on_error", subscriber.on_error, error)
            return False
        return True


def _report(error: Exception) -> None:
    _logger.error("a subscription failed: %s", error, exc_info=error)
