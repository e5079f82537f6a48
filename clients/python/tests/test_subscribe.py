"""Subscriptions and acknowledgements: docs/protocol.md, section 9."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from centrifugo_rpc_client import CentrifugoRPCClient, ChannelMessage, RPCError

from .fake_centrifugo import CHANNEL, FakeCentrifugo, ServerError

NEWS = "events:news"


class Inbox:
    """A callback that a test can look into."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[tuple[Any, ChannelMessage]] = asyncio.Queue()
        self.errors: asyncio.Queue[Exception] = asyncio.Queue()

    def __call__(self, data: Any, message: ChannelMessage) -> None:
        self.items.put_nowait((data, message))

    async def next(self) -> Any:
        return (await asyncio.wait_for(self.items.get(), 5))[0]


async def acknowledged(server: FakeCentrifugo) -> dict[str, Any]:
    call = await server.next_call()
    assert call.method == "$rpc.ack"
    await call.answer({"data": {"$rpc": 1, "accepted": True}})
    return call.data


async def test_data_and_tags(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    inbox = Inbox()
    await client.subscribe(NEWS, inbox)
    await server.publish_to(NEWS, {"n": 1}, kind="news")
    data, message = await asyncio.wait_for(inbox.items.get(), 5)
    assert (data, message) == ({"n": 1}, ChannelMessage(NEWS, None, {"kind": "news"}))


async def test_one_after_the_other(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    log: list[str] = []
    done = asyncio.Event()

    async def callback(data: Any, _message: ChannelMessage) -> None:
        log.append(f"begin {data}")
        await asyncio.sleep(0)
        log.append(f"end {data}")
        if data == 2:
            done.set()

    await client.subscribe(NEWS, callback)
    await server.publish_to(NEWS, 1)
    await server.publish_to(NEWS, 2)
    await asyncio.wait_for(done.wait(), 5)
    assert log == ["begin 1", "end 1", "begin 2", "end 2"]


async def test_a_callback_may_call(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    inbox = Inbox()

    async def callback(_data: Any, message: ChannelMessage) -> None:
        inbox(await client.call("any", {}), message)

    await client.subscribe(NEWS, callback)
    await server.publish_to(NEWS, 1)
    await (await server.next_call()).reply(result="from the handler")
    assert await inbox.next() == "from the handler"


async def test_several_callbacks(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    first, second = Inbox(), Inbox()
    subscription = await client.subscribe(NEWS, first)
    await client.subscribe(NEWS, second)
    await subscription.unsubscribe()
    await subscription.unsubscribe()
    await server.publish_to(NEWS, "x")
    assert await second.next() == "x"
    assert first.items.empty()


async def test_again_after_the_last(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    await (await client.subscribe(NEWS, Inbox())).unsubscribe()
    inbox = Inbox()
    await client.subscribe(NEWS, inbox)
    await server.publish_to(NEWS, "x")
    assert await inbox.next() == "x"


async def test_the_users_channel(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    inbox = Inbox()
    await client.subscribe(CHANNEL, inbox)
    await server.publish({"$rpc": 1, "correlation_id": "c", "result": 1}, {"type": "news"})
    assert await inbox.next() == {"type": "news"}


async def test_a_refused_channel(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    server.on_subscribe = ServerError(103, "permission denied")
    with pytest.raises(RPCError, match="cannot subscribe to events:news") as caught:
        await client.subscribe(NEWS, Inbox())
    assert caught.value.code == 403


async def test_without_a_connection(server: FakeCentrifugo) -> None:
    with pytest.raises(RPCError) as caught:
        await CentrifugoRPCClient(server.url, "token", "42").subscribe(NEWS, Inbox())
    assert caught.value.code == 503


async def test_the_server_ends_it(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    inbox = Inbox()
    await client.subscribe(NEWS, inbox, on_error=inbox.errors.put_nowait)
    await server.unsubscribe(2000, "unsubscribed", NEWS)
    error = await asyncio.wait_for(inbox.errors.get(), 5)
    assert isinstance(error, RPCError)
    assert error.code == 403


async def test_the_connection_ends(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    inbox = Inbox()
    await client.subscribe(NEWS, inbox, on_error=inbox.errors.put_nowait)
    await server.close(3500, "invalid token")
    error = await asyncio.wait_for(inbox.errors.get(), 5)
    assert isinstance(error, RPCError)
    assert error.code == 503


async def test_acknowledged_once(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    may_return = asyncio.Event()
    inbox = Inbox()

    async def callback(data: Any, message: ChannelMessage) -> None:
        inbox(data, message)
        await may_return.wait()

    await client.subscribe(NEWS, callback)
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    assert await inbox.next() == "x"
    assert server.calls.empty()
    may_return.set()
    first = await acknowledged(server)
    assert first == {"$rpc": 1, "message_id": "m1", "subscriber_id": first["subscriber_id"]}
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    await server.publish_to(NEWS, "y", rpc_ack="1", rpc_message_id="m2")
    second = await acknowledged(server)
    assert second == {**first, "message_id": "m2"}
    assert await inbox.next() == "y"


async def test_sent_again_after_a_loss(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    await client.subscribe(NEWS, Inbox())
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    lost = await server.next_call()
    server.drop()
    assert await acknowledged(server) == lost.data


async def test_a_failed_callback(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    failures = [RuntimeError("first time")]
    inbox = Inbox()

    def callback(data: Any, message: ChannelMessage) -> None:
        if failures:
            raise failures.pop()
        inbox(data, message)

    await client.subscribe(NEWS, callback, on_error=inbox.errors.put_nowait)
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    assert str(await asyncio.wait_for(inbox.errors.get(), 5)) == "first time"
    assert server.calls.empty()
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    assert (await acknowledged(server))["message_id"] == "m1"


async def test_a_failed_callback_is_logged(
    server: FakeCentrifugo, client: CentrifugoRPCClient, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = Inbox()

    def callback(data: Any, message: ChannelMessage) -> None:
        if data == "bad":
            raise RuntimeError("on purpose")
        inbox(data, message)

    await client.subscribe(NEWS, callback)
    await server.publish_to(NEWS, "bad")
    await server.publish_to(NEWS, "good")
    assert await inbox.next() == "good"
    assert "on purpose" in caplog.text
