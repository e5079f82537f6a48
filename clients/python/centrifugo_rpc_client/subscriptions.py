"""Callbacks for channels, and the acknowledgements of what they have received."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .envelope import ACK_METHOD, PROTOCOL_VERSION, message_id_of, uuid7
from .errors import RPCError

_logger = logging.getLogger("centrifugo_rpc")

# How many messages are remembered, so that a repeated one is ignored.
_REMEMBERED_MESSAGES = 1000
# How often an acknowledgement is sent while it is not answered.
_ACK_ATTEMPTS = 5


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


class Channels(Protocol):
    """What subscriptions need of the connection."""

    async def subscribe_channel(self, channel: str) -> None:
        """Returns when the server has accepted."""
        ...

    async def unsubscribe_channel(self, channel: str) -> None:
        """Ends the subscription."""
        ...

    async def protocol_call(self, method: str, data: Any) -> Any:
        """Makes a call of the protocol itself.

        Raises:
            RPCError: The server's error.
            ConnectionError: There was no answer.
        """
        ...


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
    # Held while the callback works, so that messages come one after the other.
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(eq=False)
class _OpenChannel:
    accepted: asyncio.Task[None]
    subscribers: list[_Subscriber] = field(default_factory=list[_Subscriber])


class Subscriptions:
    """The callbacks of all channels."""

    def __init__(self, channels: Channels, start: Callable[[Coroutine[Any, Any, None]], None]):
        self._channels = channels
        self._start = start
        self._open: dict[str, _OpenChannel] = {}
        self._subscriber_id = uuid7()
        # (channel, message ID) of what was handed over, the oldest first.
        self._received: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def add(
        self, channel: str, callback: ChannelCallback, on_error: OnError | None
    ) -> Subscription:
        """Adds a callback, and subscribes to the channel if it is its first."""
        opened = self._open.get(channel)
        if opened is None:
            accepted = asyncio.create_task(self._channels.subscribe_channel(channel))
            opened = self._open[channel] = _OpenChannel(accepted)
        subscriber = _Subscriber(callback, on_error or _report)
        opened.subscribers.append(subscriber)

        async def end() -> None:
            if subscriber in opened.subscribers:
                opened.subscribers.remove(subscriber)
            if not opened.subscribers and self._open.get(channel) is opened:
                del self._open[channel]
                await self._channels.unsubscribe_channel(channel)

        try:
            await asyncio.shield(opened.accepted)
        except BaseException:
            await end()
            raise
        return Subscription(channel, end)

    def end(self, error: Exception | None = None, channels: Iterable[str] | None = None) -> None:
        """Ends the subscriptions of channels, or all. Their callbacks learn of an error."""
        for channel in list(self._open) if channels is None else channels:
            opened = self._open.pop(channel, None)
            if opened is not None and error is not None:
                for subscriber in opened.subscribers:
                    subscriber.on_error(error)

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
        self._start(self._deliver(list(opened.subscribers), data, message))

    def _remember(self, key: tuple[str, str]) -> None:
        self._received[key] = None
        if len(self._received) > _REMEMBERED_MESSAGES:
            self._received.popitem(last=False)

    async def _deliver(
        self, subscribers: list[_Subscriber], data: Any, message: ChannelMessage
    ) -> None:
        results = await asyncio.gather(
            *(_hand_over(subscriber, data, message) for subscriber in subscribers)
        )
        if message.message_id is None:
            return
        if all(results):
            await self._acknowledge(message.message_id)
        else:  # If it comes again, the application may do better.
            self._received.pop((message.channel, message.message_id), None)

    async def _acknowledge(self, message_id: str) -> None:
        data = {
            "$rpc": PROTOCOL_VERSION,
            "message_id": message_id,
            "subscriber_id": self._subscriber_id,
        }
        # An error of the server is an answer, too: it would be the same again.
        with contextlib.suppress(RPCError):
            for _ in range(_ACK_ATTEMPTS):
                with contextlib.suppress(ConnectionError):
                    await self._channels.protocol_call(ACK_METHOD, data)
                    return


async def _hand_over(subscriber: _Subscriber, data: Any, message: ChannelMessage) -> bool:
    """Calls the callback after the earlier messages, and returns whether it succeeded."""
    async with subscriber.turn:
        try:
            returned = subscriber.callback(data, message)
            if inspect.isawaitable(returned):
                await returned
        except Exception as error:
            subscriber.on_error(error)
            return False
        return True


def _report(error: Exception) -> None:
    _logger.error("a subscription failed: %s", error, exc_info=error)
