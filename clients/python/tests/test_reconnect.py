"""Calls around a lost connection: docs/protocol.md, sections 2 and 5."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from centrifugo_rpc_client import CentrifugoRPCClient, ErrorCode, calls, centrifuge_transport

from .fake_centrifugo import (
    Answer,
    Close,
    FakeCentrifugo,
    ServerError,
    Silence,
    client_tasks,
    hello,
)
from .test_call import error_of, start


async def lose_connection(
    server: FakeCentrifugo, client: CentrifugoRPCClient, *, come_back: bool = False
) -> None:
    """Drops the connection; returns when the client has noticed."""
    calling = start(client)
    await server.next_call()
    if not come_back:
        server.accepting.clear()
    server.hellos = asyncio.Queue()
    server.drop()
    await error_of(calling)


@pytest.mark.parametrize("pending", [False, True])
async def test_a_call_that_was_sent_ends_with_outcome_unknown(
    server: FakeCentrifugo, client: CentrifugoRPCClient, pending: bool
) -> None:
    calling = start(client)
    call = await server.next_call()
    if pending:
        await call.reply(pending=True)
    server.drop()
    error = await error_of(calling)
    assert error.code == ErrorCode.OUTCOME_UNKNOWN
    assert not error.retryable


async def test_a_call_without_connection_ends_unsent(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    await lose_connection(server, client)
    error = await error_of(start(client, timeout=0.1))
    assert error.code == ErrorCode.UNAVAILABLE
    assert error.retryable
    assert "no connection within the call's time: the connection was lost" in error.message
    assert server.calls.empty()


async def test_a_call_before_connect_ends_unsent(server: FakeCentrifugo) -> None:
    error = await error_of(start(CentrifugoRPCClient(server.url, "token", "42")))
    assert error.code == ErrorCode.UNAVAILABLE
    assert "await connect() first" in error.message


async def test_a_call_while_reconnecting_waits_for_the_connection(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    await lose_connection(server, client)
    calling = start(client, timeout=30)
    server.accepting.set()
    await (await server.next_call()).reply(result=1)
    assert await calling == 1


async def test_calls_after_a_reconnect_wait_for_the_new_epoch(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.on_hello = Silence()
    await lose_connection(server, client, come_back=True)
    waiting = start(client, timeout=30)
    greeting = await server.hellos.get()
    late = start(client, timeout=30)
    await greeting.answer(hello(epoch="e2"))
    calls = [await server.next_call(), await server.next_call()]
    assert [call.data["epoch"] for call in calls] == ["e2", "e2"]
    for call in calls:
        await call.reply(result=1)
    assert list(await asyncio.gather(waiting, late)) == [1, 1]


async def test_a_connection_lost_during_hello_greets_again(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.on_hello = Silence()
    await lose_connection(server, client, come_back=True)
    await server.hellos.get()
    server.on_hello = hello(epoch="e3")
    server.drop()
    calling = start(client, timeout=30)
    call = await server.next_call()
    assert call.data["epoch"] == "e3"
    await call.reply(result=1)
    await calling


async def test_hello_is_repeated_while_the_gateway_is_away(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.on_hello = ServerError(108, "not available")
    await lose_connection(server, client, come_back=True)
    await server.hellos.get()
    await server.hellos.get()
    error = await error_of(start(client, timeout=0.05))
    assert error.code == ErrorCode.UNAVAILABLE
    assert "$rpc.hello failed: not available" in error.message
    server.on_hello = hello()
    calling = start(client)
    await (await server.next_call()).reply(result=1)
    assert await calling == 1


async def test_disconnect_ends_the_repeated_hello(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.on_hello = ServerError(108, "not available")
    await lose_connection(server, client, come_back=True)
    await server.hellos.get()
    await server.hellos.get()
    await error_of(start(client, timeout=0.05))  # meanwhile the second hello has failed, too
    assert client_tasks() == ["Session._greet"]
    await client.disconnect()
    await asyncio.sleep(0)
    assert client_tasks() == []


async def test_the_caller_can_cancel_a_waiting_call(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    await lose_connection(server, client)
    calling = start(client)
    await asyncio.sleep(0)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    server.accepting.set()
    following = start(client)
    call = await server.next_call()
    assert call.method == "tasks.get_stats"  # no $rpc.cancel for what was never sent
    await call.reply(result=1)
    await following


async def test_after_a_terminal_disconnect_calls_say_why(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    await server.next_call()
    await server.close(3503, "force disconnect")
    assert (await error_of(calling)).code == ErrorCode.OUTCOME_UNKNOWN
    error = await error_of(start(client))
    assert error.code == ErrorCode.UNAVAILABLE
    assert ": force disconnect (code 3503)" in error.message
    assert server.connects == 1


async def test_connect_works_after_a_terminal_disconnect(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    await server.next_call()
    await server.close(3503, "force disconnect")
    await error_of(calling)
    await client.connect()
    calling = start(client)
    await (await server.next_call()).reply(result=1)
    assert await calling == 1


@pytest.mark.parametrize(
    ("step", "answer", "code", "reason"),
    [
        ("on_connect", ServerError(109, "token expired"), 401, "token expired (code 109)"),
        ("on_connect", Close(3500, "invalid token"), 401, "invalid token (code 3500)"),
        ("on_subscribe", ServerError(103, "permission denied"), 503, "permission denied"),
        ("on_hello", hello(versions=[2]), 503, "speaks the protocol versions [2]"),
    ],
)
async def test_a_reconnect_that_cannot_succeed_is_the_end(
    server: FakeCentrifugo,
    client: CentrifugoRPCClient,
    step: str,
    answer: Answer,
    code: int,
    reason: str,
) -> None:
    await lose_connection(server, client)
    calling = start(client, timeout=30)
    setattr(server, step, answer)
    server.accepting.set()
    error = await error_of(calling)
    assert error.code == code
    assert reason in error.message
    assert "lost the connection to" in error.message
    assert server.connects == 2


async def test_losing_the_users_channel_is_the_end(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    await (await server.next_call()).reply(pending=True)
    await server.unsubscribe(2000, "server unsubscribe")
    assert (await error_of(calling)).code == ErrorCode.OUTCOME_UNKNOWN
    error = await error_of(start(client))
    assert error.code == ErrorCode.UNAVAILABLE
    assert "server unsubscribe" in error.message


async def test_a_reply_missed_while_resubscribing_is_recovered(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    call = await server.next_call()
    await call.reply(pending=True)
    missed = {"data": call.envelope(result="recovered"), "offset": 1}
    server.on_subscribe = {
        "recoverable": True,
        "positioned": True,
        "epoch": "s",
        "was_recovering": True,
        "recovered": True,
        "publications": [missed],
    }
    server.subscribes = asyncio.Queue()
    await server.unsubscribe(2500, "insufficient state")
    assert await calling == "recovered"
    assert server.subscribes.get_nowait()["recover"] is True
    following = start(client)
    await (await server.next_call()).reply(result=1)
    await following
    assert server.hellos.qsize() == 1  # the connection is the same one


class Histories:
    """Subscribing to a channel whose history is lost and begun again."""

    def __init__(self, *publications: object, reject: bool = True, available: bool = True) -> None:
        self.epoch = "e1"
        self.publications = publications
        # Whether the server knows flag 2 of a subscribe command.
        self.reject = reject
        self.available = available

    def __call__(self, subscribe: dict[str, Any]) -> Answer:
        accepted = {"recoverable": True, "positioned": True, "epoch": self.epoch, "offset": 1}
        if not subscribe.get("recover"):
            return accepted
        at = (subscribe["epoch"], subscribe["offset"])
        if at == (self.epoch, 0) and self.available:
            pubs = [{"data": data, "offset": n + 1} for n, data in enumerate(self.publications)]
            return {**accepted, "was_recovering": True, "recovered": True, "publications": pubs}
        if self.reject and subscribe["flag"] & 2:
            return ServerError(112, "unrecoverable position")
        return {**accepted, "was_recovering": True}


@pytest.mark.parametrize("reject", [False, True])
async def test_replies_of_another_history_are_fetched(
    server: FakeCentrifugo, client: CentrifugoRPCClient, reject: bool
) -> None:
    for epoch in ("e1", "e2"):
        calling = start(client)
        call = await server.next_call()
        await call.reply(pending=True)
        server.on_subscribe = histories = Histories(call.envelope(result=epoch), reject=reject)
        histories.epoch = epoch
        await server.unsubscribe(2500, "insufficient state")
        assert await calling == epoch
    assert server.connects == 1
    assert server.hellos.qsize() == 1


@pytest.mark.parametrize("reject", [False, True])
async def test_replies_that_are_lost_end_their_calls(
    server: FakeCentrifugo, client: CentrifugoRPCClient, reject: bool
) -> None:
    calling = start(client)
    await (await server.next_call()).reply(pending=True)
    server.on_subscribe = Histories(reject=reject, available=False)
    await server.unsubscribe(2500, "insufficient state")
    error = await error_of(calling)
    assert error.code == ErrorCode.OUTCOME_UNKNOWN
    assert "replies on user#42 were missed" in error.message
    following = start(client)
    call = await server.next_call()
    await call.reply(pending=True)
    await call.publish(result=1)
    assert await following == 1
    assert server.connects == 1


async def test_replies_that_are_lost_before_the_gateway_has_answered(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.on_hello = Silence()
    server.hellos = asyncio.Queue()
    server.drop()
    await server.hellos.get()
    server.on_hello = hello()
    server.on_subscribe = Histories(available=False)
    await server.unsubscribe(2500, "insufficient state")
    calling = start(client)
    await (await server.next_call()).reply(result=1)
    assert await calling == 1


@pytest.fixture
def short_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (calls, centrifuge_transport):
        monkeypatch.setattr(module, "PROBE_SECONDS", 0.1)


@pytest.mark.usefixtures("short_probes")
@pytest.mark.parametrize("pending", [False, True])
async def test_a_dead_connection_is_replaced_while_a_call_waits(
    server: FakeCentrifugo, client: CentrifugoRPCClient, pending: bool
) -> None:
    server.on_presence_stats = Silence()
    calling = start(client)
    call = await server.next_call()
    if pending:
        await call.reply(pending=True)
    error = await error_of(calling)
    assert error.code == ErrorCode.OUTCOME_UNKNOWN
    following = start(client)
    call = await server.next_call()
    await call.reply(result=1)
    assert await following == 1
    assert server.connects == 2


@pytest.mark.usefixtures("short_probes")
async def test_a_connection_that_answers_probes_is_kept(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    call = await server.next_call()
    for _ in range(2):
        await asyncio.wait_for(server.probes.get(), 5)
    await call.reply(result=1)
    assert await calling == 1
    assert server.connects == 1


async def test_resubscribing_during_hello_does_not_greet_twice(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    server.on_hello = Silence()
    await lose_connection(server, client, come_back=True)
    greeting = await server.hellos.get()
    server.subscribes = asyncio.Queue()
    await server.unsubscribe(2500, "insufficient state")
    await server.subscribes.get()
    await greeting.answer(hello(epoch="e2"))
    calling = start(client)
    await (await server.next_call()).reply(result=1)
    assert await calling == 1
    assert server.hellos.empty()


@pytest.mark.parametrize("state", ["sent", "pending", "waiting"])
async def test_disconnect_cancels_every_call(
    server: FakeCentrifugo, client: CentrifugoRPCClient, state: str
) -> None:
    if state == "waiting":
        await lose_connection(server, client)
    calling = start(client)
    if state == "waiting":
        await asyncio.sleep(0)
    else:
        call = await server.next_call()
        if state == "pending":
            await call.reply(pending=True)
    await client.disconnect()
    error = await error_of(calling)
    assert (error.code, error.message) == (ErrorCode.CANCELLED, "disconnect() was called")
