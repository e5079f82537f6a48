"""Calls on a connection that holds: docs/protocol.md, sections 3 to 6."""

from __future__ import annotations

import asyncio
import random
import re
import time
from typing import Any

import pytest

from centrifugo_rpc_client import CentrifugoRPCClient, ErrorCode, RPCError, centrifuge_transport

from .fake_centrifugo import USER_ID, Answer, FakeCentrifugo, Rpc, ServerError, client_tasks, hello

Calling = asyncio.Task[Any]


def start(
    client: CentrifugoRPCClient, params: dict[str, Any] | None = None, **options: Any
) -> Calling:
    return asyncio.create_task(client.call("tasks.get_stats", params or {}, **options))


async def error_of(calling: Calling) -> RPCError:
    with pytest.raises(RPCError) as caught:
        await calling
    return caught.value


async def test_what_a_call_sends(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    calling = start(client, {"user_id": "123", "text": "héllo 🏓"}, timeout=2)
    call = await server.next_call()
    assert call.method == "tasks.get_stats"
    timeout_ms = call.data.pop("timeout_ms")
    assert 1 <= timeout_ms <= 2000
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", call.correlation_id)
    assert call.data == {
        "$rpc": 1,
        "correlation_id": call.correlation_id,
        "params": {"user_id": "123", "text": "héllo 🏓"},
        "attempt": 1,
        "epoch": "e1",
    }
    await call.reply(result=None)
    await calling


@pytest.mark.parametrize("result", [{"total": 3}, [], None, 0, "text"])
async def test_an_inline_result(
    server: FakeCentrifugo, client: CentrifugoRPCClient, result: object
) -> None:
    calling = start(client)
    await (await server.next_call()).reply(result=result)
    assert await calling == result


async def test_an_inline_error(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    calling = start(client)
    details = {"issues": [{"path": ["user_id"], "message": "missing"}]}
    error = {"code": 400, "message": "bad", "details": details}
    await (await server.next_call()).reply(error=error)
    raised = await error_of(calling)
    assert isinstance(raised, ValueError)
    assert (raised.code, raised.message, raised.details) == (400, "bad", details)
    assert not raised.retryable


async def test_a_deferred_result(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    calling = start(client)
    call = await server.next_call()
    await call.reply(pending=True)
    await call.publish(result={"total": 3})
    assert await calling == {"total": 3}


async def test_a_deferred_error(server: FakeCentrifugo, client: CentrifugoRPCClient) -> None:
    calling = start(client)
    call = await server.next_call()
    await call.reply(pending=True)
    await call.publish(error={"code": 1001, "message": "the quota is used up"})
    assert (await error_of(calling)).code == 1001


async def test_a_reply_published_before_pending(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    call = await server.next_call()
    await call.publish(result=1)
    assert await calling == 1
    await asyncio.sleep(0)
    assert client_tasks() == []
    await call.reply(pending=True)
    following = start(client)
    await (await server.next_call()).reply(result=2)
    assert await following == 2


async def test_only_the_first_end_counts(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    call = await server.next_call()
    await server.publish(call.envelope(result="first"), call.envelope(result="second"))
    await call.reply(result="third")
    assert await calling == "first"
    following = start(client)
    await (await server.next_call()).reply(result="fourth")
    assert await following == "fourth"


async def test_other_publications_are_ignored(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    call = await server.next_call()
    await call.reply(pending=True)
    await server.publish({"type": "news"})
    await server.publish("text")
    await server.publish({"$rpc": 1, "correlation_id": "of-another-connection", "result": 1})
    await call.publish(pending=True)
    await call.publish(result="mine")
    assert await calling == "mine"


@pytest.mark.parametrize(
    ("answer", "code", "retryable"),
    [
        (ServerError(100, "internal server error", temporary=True), 409, False),
        (ServerError(103, "permission denied"), 403, False),
        (ServerError(104, "method not found"), 404, False),
        (ServerError(108, "not available"), 503, True),
        (ServerError(111, "too many requests", temporary=True), 429, True),
        (ServerError(1234, "the application's own"), 1234, False),
    ],
)
async def test_an_error_of_centrifugo(
    server: FakeCentrifugo,
    client: CentrifugoRPCClient,
    answer: ServerError,
    code: int,
    retryable: bool,
) -> None:
    calling = start(client, retry=False)
    await (await server.next_call()).answer(answer)
    error = await error_of(calling)
    assert (error.code, error.retryable) == (code, retryable)
    assert answer.message in error.message


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"data": {"total": 3}},
        {"data": {"$rpc": 1, "correlation_id": "another", "result": 1}},
    ],
)
async def test_an_answer_that_is_not_a_reply(
    server: FakeCentrifugo, client: CentrifugoRPCClient, answer: Answer
) -> None:
    calling = start(client)
    await (await server.next_call()).answer(answer)
    error = await error_of(calling)
    assert (error.code, error.message) == (500, "the answer is not a reply to the call")


async def test_the_time_is_up_without_an_answer(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client, timeout=0.05)
    await server.next_call()
    error = await error_of(calling)
    assert error.code == ErrorCode.DEADLINE_EXCEEDED
    assert error.message.startswith("the call was sent")


async def test_a_call_whose_time_is_up_is_not_sent(
    server: FakeCentrifugo, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    clock = loop.time

    def slow() -> dict[str, str]:
        monkeypatch.setattr(loop, "time", lambda: clock() + 2)
        return {}

    client = CentrifugoRPCClient(server.url, "token", USER_ID, trace_context=slow)
    async with client:
        error = await error_of(start(client, timeout=1))
        assert error.code == ErrorCode.DEADLINE_EXCEEDED
        assert "before it was sent" in error.message
    assert server.calls.empty()


async def test_a_trace_context_that_fails(
    server: FakeCentrifugo, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> dict[str, str]:
        raise RuntimeError("on purpose")

    async with CentrifugoRPCClient(server.url, "token", USER_ID, trace_context=fail) as client:
        calling = start(client)
        call = await server.next_call()
        assert "traceparent" not in call.data
        await call.reply(result=1)
        assert await calling == 1
    assert "trace_context failed: RuntimeError('on purpose')" in caplog.text


async def test_the_time_is_up_after_pending(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client, timeout=0.1)
    call = await server.next_call()
    await call.reply(pending=True)
    assert (await error_of(calling)).code == ErrorCode.DEADLINE_EXCEEDED
    await call.publish(result="too late")
    following = start(client)
    await (await server.next_call()).reply(result="in time")
    assert await following == "in time"


async def test_the_default_time_is_the_clients(server: FakeCentrifugo) -> None:
    async with CentrifugoRPCClient(server.url, "token", USER_ID, timeout=0.05) as client:
        assert (await error_of(start(client))).code == ErrorCode.DEADLINE_EXCEEDED


async def test_a_reply_that_arrived_wins_over_a_late_deadline(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client, timeout=0.1)
    await (await server.next_call()).reply(result="in the socket")
    time.sleep(0.2)  # noqa: ASYNC251 - the event loop is busy until the deadline has passed
    assert await calling == "in the socket"


async def test_the_reply_timeout_of_the_sdk_ends_no_call(
    server: FakeCentrifugo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centrifuge_transport, "COMMAND_SECONDS", 0.05)
    async with CentrifugoRPCClient(server.url, "token", USER_ID) as client:
        calling = start(client)
        call = await server.next_call()
        await asyncio.sleep(0.15)  # longer than the SDK waits for other commands
        await call.reply(result=1)
        assert await calling == 1


async def test_cancelling_the_task_cancels_the_call(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    call = await server.next_call()
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    cancel = await server.next_call()
    assert cancel.method == "$rpc.cancel"
    assert cancel.data == {"$rpc": 1, "correlation_id": call.correlation_id}
    await cancel.answer({"data": {"$rpc": 1, "cancelled": True}})


async def test_a_cancel_that_fails_is_nobodys_error(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    calling = start(client)
    await (await server.next_call()).reply(pending=True)
    calling.cancel()
    await (await server.next_call()).answer(ServerError(108, "not available"))
    following = start(client)
    await (await server.next_call()).reply(result=1)
    assert await following == 1


@pytest.mark.parametrize(
    "params",
    [
        {"x": float("nan")},
        {"x": [float("-inf")]},
        {"x": object()},
        {"x": b"bytes"},
        {"x": "half of a pair: \ud83c"},
        {"\udfd3": 1},
    ],
)
async def test_params_that_json_cannot_carry_are_refused_before_sending(
    server: FakeCentrifugo, client: CentrifugoRPCClient, params: dict[str, Any]
) -> None:
    error = await error_of(start(client, params))
    assert error.code == ErrorCode.INVALID_PARAMS
    assert "cannot be sent as JSON" in error.message
    assert server.calls.empty()


async def test_a_call_larger_than_the_server_takes_is_not_sent(server: FakeCentrifugo) -> None:
    params = {"text": "ä🏓" * 50}
    async with CentrifugoRPCClient(server.url, "token", USER_ID, timeout=5) as client:
        calling = start(client, params)
        call = await server.next_call()
        await call.reply(result=None)
        await calling

    # The client counts a command ID of ten digits, here it had one.
    longest = call.frame_bytes + 9
    server.on_hello = hello(max_message_bytes=longest)
    async with CentrifugoRPCClient(server.url, "token", USER_ID, timeout=5) as client:
        calling = start(client, params)
        await (await server.next_call()).reply(result=None)
        await calling
        error = await error_of(start(client, {**params, "x": 1}))
        assert error.code == ErrorCode.PAYLOAD_TOO_LARGE
        assert f"the server takes {longest}" in error.message
        assert server.calls.empty()


async def test_a_thousand_calls_at_once_each_get_their_own_result(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    nonces = [random.getrandbits(64) for _ in range(1000)]
    calling = [start(client, {"nonce": nonce}, timeout=30) for nonce in nonces]
    calls: list[Rpc] = [await server.next_call() for _ in nonces]
    random.shuffle(calls)
    for index, call in enumerate(calls):
        nonce = call.data["params"]["nonce"]
        if index % 3 == 0:
            await call.reply(result=nonce)
        else:
            await call.publish(result=nonce)
            await call.reply(pending=True)
    assert await asyncio.gather(*calling) == nonces


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
async def test_a_time_that_is_none_is_refused(client: CentrifugoRPCClient, timeout: float) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        await start(client, timeout=timeout)
