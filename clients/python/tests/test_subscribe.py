"""Subscriptions and acknowledgements: docs/protocol.md, section 9."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from centrifugo_rpc_client import CentrifugoRPCClient, ChannelMessage, RPCError, back_off
from centrifugo_rpc_client.subscriptions import Subscriptions

from .fake_centrifugo import CHANNEL, FakeCentrifugo, ServerError, Silence, client_tasks

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


@pytest.mark.parametrize("times", [1, 2])
async def test_again_after_a_refusal(
    server: FakeCentrifugo, client: CentrifugoRPCClient, times: int
) -> None:
    server.on_subscribe = ServerError(103, "permission denied")
    refused = await asyncio.gather(
        *(client.subscribe(NEWS, Inbox()) for _ in range(times)), return_exceptions=True
    )
    assert [getattr(error, "code", None) for error in refused] == [403] * times
    server.on_subscribe = {}
    inbox = Inbox()
    await client.subscribe(NEWS, inbox)
    await server.publish_to(NEWS, "x")
    assert await inbox.next() == "x"


async def test_again_after_the_server_ended_it(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    inbox = Inbox()
    for _ in range(2):
        await client.subscribe(NEWS, inbox, on_error=inbox.errors.put_nowait)
        await server.publish_to(NEWS, "x")
        assert await inbox.next() == "x"
        await server.unsubscribe(2000, "unsubscribed", NEWS)
        await asyncio.wait_for(inbox.errors.get(), 5)


async def test_again_while_unsubscribing(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    subscription = await client.subscribe(NEWS, Inbox())
    inbox = Inbox()
    await asyncio.gather(subscription.unsubscribe(), client.subscribe(NEWS, inbox))
    await server.publish_to(NEWS, "x")
    assert await inbox.next() == "x"


async def test_again_after_cancelling(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    server.subscribes = asyncio.Queue()
    server.on_subscribe = Silence()
    subscribing = asyncio.create_task(client.subscribe(NEWS, Inbox()))
    await server.subscribes.get()
    subscribing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await subscribing
    server.on_subscribe = {}
    inbox = Inbox()
    await client.subscribe(NEWS, inbox)
    await server.publish_to(NEWS, "x")
    assert await inbox.next() == "x"


async def test_disconnect_while_subscribing(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.subscribes = asyncio.Queue()
    server.on_subscribe = Silence()
    subscribing = asyncio.create_task(client.subscribe(NEWS, Inbox()))
    await server.subscribes.get()
    await client.disconnect()
    with pytest.raises(RPCError) as caught:
        await subscribing
    assert caught.value.code == 499


async def test_disconnect_just_after_the_server_has_accepted() -> None:
    class ReadySession:
        async def ready(self, _deadline: float) -> None:
            asyncio.get_running_loop().call_soon(channels.end_all, RPCError(499, "the end"))

    session: Any = ReadySession()
    channels = Subscriptions(CHANNEL, 5, lambda: session, lambda work: work.close())
    with pytest.raises(RPCError, match="the end"):
        await channels.add(CHANNEL, Inbox(), None)


async def test_unsubscribing_from_the_users_channel_keeps_the_replies(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    inbox = Inbox()
    for _ in range(2):
        await (await client.subscribe(CHANNEL, inbox)).unsubscribe()
        calling = asyncio.create_task(client.call("any", {}))
        call = await server.next_call()
        await call.reply(pending=True)
        await call.publish(result="deferred")
        assert await calling == "deferred"
    assert server.connects == 1


async def test_nothing_after_unsubscribe(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    inbox = Inbox()
    may_return = asyncio.Event()

    async def callback(data: Any, message: ChannelMessage) -> None:
        inbox(data, message)
        await may_return.wait()

    subscription = await client.subscribe(NEWS, callback)
    other = Inbox()
    await client.subscribe(NEWS, other)
    for data in ("first", "second", "third"):
        await server.publish_to(NEWS, data)
        await other.next()
    await subscription.unsubscribe()
    may_return.set()
    await server.publish_to(NEWS, "fourth")
    await other.next()
    assert await inbox.next() == "first"
    assert inbox.items.empty()


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
    assert error.code == 401


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


@pytest.mark.parametrize(("code", "sent"), [(100, 3), (111, 3), (429, 3), (503, 3), (403, 1)])
async def test_acknowledged_until_the_gateway_answers(
    server: FakeCentrifugo,
    client: CentrifugoRPCClient,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    sent: int,
) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.001)
    await client.subscribe(NEWS, Inbox())
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    for _ in range(min(sent, 2)):
        call = await server.next_call()
        assert call.data["message_id"] == "m1"
        await call.answer(ServerError(code, "try again"))
    if sent > 1:
        await acknowledged(server)
    await server.publish_to(NEWS, "y", rpc_ack="1", rpc_message_id="m2")
    assert (await acknowledged(server))["message_id"] == "m2"


async def test_disconnect_ends_acknowledging(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    await client.subscribe(NEWS, Inbox())
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    await (await server.next_call()).answer(ServerError(503, "try again"))
    assert client_tasks() == ["Subscriptions._acknowledge"]
    await client.disconnect()
    await asyncio.sleep(0)
    assert client_tasks() == []


async def test_a_callback_that_disconnects_acknowledges_nothing(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    disconnected = asyncio.Event()

    async def callback(_data: Any, _message: ChannelMessage) -> None:
        await client.disconnect()
        disconnected.set()

    await client.subscribe(NEWS, callback)
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    await disconnected.wait()
    for _ in range(3):
        await asyncio.sleep(0)
    assert client_tasks() == []


async def test_an_on_error_that_fails(
    server: FakeCentrifugo, client: CentrifugoRPCClient, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    failing = await client.subscribe(NEWS, fail, on_error=fail)
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    inbox = Inbox()
    await client.subscribe("events:other", inbox, on_error=inbox.errors.put_nowait)
    await server.publish_to("events:other", "y")
    assert await inbox.next() == "y"
    await failing.unsubscribe()
    await client.subscribe(NEWS, inbox, on_error=fail)
    await server.publish_to(NEWS, "x", rpc_ack="1", rpc_message_id="m1")
    assert await inbox.next() == "x"  # it was not handled before
    assert (await acknowledged(server))["message_id"] == "m1"
    await server.close(3500, "invalid token")
    ended: Any = await asyncio.wait_for(inbox.errors.get(), 5)
    assert ended.code == 401
    assert client_tasks() == []
    assert caplog.text.count("on_error failed: RuntimeError('on purpose')") == 2
    with pytest.raises(RPCError) as caught:
        await client.call("any", {})
    assert caught.value.code == 401


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
