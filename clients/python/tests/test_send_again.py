"""Calls that are sent again: docs/protocol.md, section 5."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import Any

import pytest

from centrifugo_rpc_client import ErrorCode, back_off, calls
from centrifugo_rpc_client.errors import ArgumentError

from .fake_centrifugo import client_tasks
from .scripted_transport import ScriptedTransport, Sent, connected
from .test_call import error_of, start


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.001)
    monkeypatch.setattr(calls, "_WATCH_SECONDS", 0.01)


async def turns() -> None:
    """Lets everything happen that waits for nothing."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.parametrize("state", ["sent", "pending"])
async def test_a_call_is_sent_again_after_a_loss(
    state: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "centrifugo_rpc")
    async with connected() as (client, transport):
        calling = start(client, {"a": 1}, timeout=30, idempotency_key="k")
        sent = await transport.next()
        if state == "pending":
            sent.reply(pending=True)
            await turns()
        await transport.lose(sent)
        await turns()
        assert transport.sent.empty()
        await transport.reconnect(epoch="e2")
        again = await transport.next()
        assert again.data["timeout_ms"] < sent.data["timeout_ms"] <= 30_000
        assert again.data == {
            **sent.data,
            "attempt": 2,
            "timeout_ms": again.data["timeout_ms"],
        }
        assert (again.data["epoch"], again.data["idempotency_key"]) == ("e1", "k")
        again.reply(result="kept")
        assert await calling == "kept"
    assert f"tasks.get_stats {sent.correlation_id} is sent again: attempt 2" in caplog.text


async def test_a_call_is_sent_again_after_each_loss() -> None:
    async with connected() as (client, transport):
        calling = start(client)
        sent = await transport.next()
        for attempt in (2, 3, 4):
            await transport.lose(sent)
            await transport.reconnect()
            again = await transport.next()
            assert again.correlation_id == sent.correlation_id
            assert again.data["attempt"] == attempt
        await transport.publish(sent, result=1)
        assert await calling == 1


async def test_a_recovered_reply_wins() -> None:
    async with connected() as (client, transport):
        calling = start(client)
        sent = await transport.next()
        await transport.lose(sent)
        await transport.publish(sent, result="recovered")
        await transport.reconnect()
        assert await calling == "recovered"
        await turns()
        assert transport.sent.empty()


@pytest.mark.parametrize("next_gateway", [False, True])
async def test_a_call_is_not_sent_again_to_a_gateway_that_does_not_keep_calls(
    next_gateway: bool,
) -> None:
    async with connected(keeps_calls=next_gateway) as (client, transport):
        calling = start(client)
        sent = await transport.next()
        await transport.lose(sent)
        if next_gateway:
            await transport.reconnect(keeps_calls=False)
        assert (await error_of(calling)).code == ErrorCode.OUTCOME_UNKNOWN
        assert transport.sent.empty()


async def test_the_deadline_counts_from_the_first_sending() -> None:
    async with connected() as (client, transport):
        calling = start(client, timeout=0.1)
        sent = await transport.next()
        await transport.lose(sent)
        error = await error_of(calling)
        assert error.code == ErrorCode.DEADLINE_EXCEEDED
        assert error.message.startswith("the call was sent")


async def test_a_call_that_is_cancelled_while_away_is_cancelled_afterwards() -> None:
    async with connected() as (client, transport):
        calling = start(client)
        sent = await transport.next()
        await transport.lose(sent)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        await turns()
        assert transport.sent.empty()
        await transport.reconnect()
        for code in (2, 100, 404):
            cancel = await transport.next()
            assert cancel.method == "$rpc.cancel"
            assert cancel.correlation_id == sent.correlation_id
            cancel.refuse(code)
        await turns()
        assert client_tasks() == []


async def test_calls_are_not_sent_again_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    spreads: list[float] = []

    def uniform(low: float, high: float) -> float:
        spreads.append(high)
        return low

    monkeypatch.setattr(random, "uniform", uniform)
    async with connected() as (client, transport):
        calling = [start(client) for _ in range(50)]
        sent = [await transport.next() for _ in calling]
        await transport.lose(*sent)
        await transport.reconnect()
        for call in [await transport.next() for _ in calling]:
            call.reply(result=1)
        await asyncio.gather(*calling)
    assert spreads == [0.1] * 50


async def test_error_100_is_retried_after_a_pause() -> None:
    async with connected() as (client, transport):
        calling = start(client)
        sent = await transport.next()
        sent.refuse(100)
        again = await transport.next()
        assert again.correlation_id == sent.correlation_id
        assert again.data["attempt"] == 2
        again.reply(result=1)
        assert await calling == 1


async def test_error_100_is_retried_once_if_the_connection_is_lost_during_the_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.05)
    async with connected() as (client, transport):
        calling = start(client)
        (await transport.next()).refuse(100)
        await turns()
        await transport.lose()
        await transport.reconnect()
        again = await transport.next()
        assert again.data["attempt"] == 2
        again.reply(result=1)
        await calling
        assert transport.sent.empty()


def reply_429(sent: Sent) -> None:
    sent.reply(error={"code": 429, "message": "busy"})


def reply_503(sent: Sent) -> None:
    sent.reply(error={"code": 503, "message": "busy"})


def refuse_111(sent: Sent) -> None:
    sent.refuse(111)


@pytest.mark.parametrize("refuse", [reply_429, reply_503, refuse_111, None])
async def test_a_refused_call_is_sent_again(refuse: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.1)
    async with connected(keeps_calls=False) as (client, transport):
        calling = start(client)
        sent = await transport.next()
        if refuse is not None:
            refuse(sent)
        else:
            sent.reply(pending=True)
            await transport.publish(sent, error={"code": 503, "message": "busy"})
        await turns()
        await transport.lose()
        await transport.reconnect(epoch="e2")
        again = await transport.next()
        # It has not run, so it does not matter what the gateway has forgotten.
        assert again.correlation_id == sent.correlation_id
        assert (again.data["attempt"], again.data["epoch"]) == (1, "e2")
        again.reply(result=1)
        assert await calling == 1


async def test_a_refused_call_keeps_its_epoch_if_an_earlier_sending_may_have_run() -> None:
    async with connected() as (client, transport):
        calling = start(client)
        sent = await transport.next()
        await transport.lose(sent)
        await transport.reconnect(epoch="e2")
        reply_503(await transport.next())
        again = await transport.next()
        assert (again.data["attempt"], again.data["epoch"]) == (2, "e1")
        again.reply(result=1)
        await calling


async def test_a_call_ends_with_the_refusal_if_the_pause_would_exceed_its_time() -> None:
    async with connected() as (client, transport):
        calling = start(client, timeout=2)
        details = {"retry_after_ms": 2000}
        error = {"code": 429, "message": "busy", "details": details}
        (await transport.next()).reply(error=error)
        refusal = await error_of(calling)
        assert (refusal.code, refusal.details) == (429, details)


async def test_a_call_ends_with_the_refusal_if_its_time_is_up_without_a_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.05)
    async with connected() as (client, transport):
        calling = start(client, timeout=0.1)
        sent = await transport.next()
        reply_503(sent)
        await turns()
        await transport.lose()
        error = await error_of(calling)
        assert (error.code, error.message) == (503, "busy")


async def test_a_refused_call_is_not_sent_again_without_retry() -> None:
    async with connected() as (client, transport):
        calling = start(client, retry=False)
        reply_503(await transport.next())
        assert (await error_of(calling)).code == ErrorCode.UNAVAILABLE


async def test_a_refusal_says_nothing_about_an_earlier_sending() -> None:
    async with connected() as (client, transport):
        calling = start(client, retry=False)
        await transport.lose(await transport.next())
        await transport.reconnect()
        reply_503(await transport.next())
        assert (await error_of(calling)).code == ErrorCode.OUTCOME_UNKNOWN


def test_pauses_grow_and_are_as_long_as_the_server_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(back_off, "_FIRST_SECONDS", 0.1)
    for attempt, longest in enumerate([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5]):
        assert longest / 2 <= back_off.back_off(attempt) <= longest
    assert 7 <= back_off.back_off(0, 7) <= 14
    assert 2.5 <= back_off.back_off(10_000) <= 5


async def test_a_pending_call_is_sent_again_when_no_gateway_runs_it() -> None:
    async with connected() as (client, transport):
        calling = start(client)
        sent = await transport.next()
        sent.reply(pending=True)
        answers: list[Any] = [None, {"$rpc": 1, "send_again": []}, {"$rpc": 1, "send_again": "all"}]
        for answer in answers:
            asked = await transport.next()
            assert asked.method == "$rpc.calls"
            assert asked.data == {"$rpc": 1, "correlation_ids": [sent.correlation_id]}
            asked.answer.set_result(answer)
        (await transport.next()).refuse(100)
        ids = [sent.correlation_id, "another"]
        (await transport.next()).answer.set_result({"$rpc": 1, "send_again": ids})
        again = await next_call(transport)
        assert (again.data["attempt"], again.data["epoch"]) == (2, "e1")
        again.reply(pending=True)
        assert (await transport.next()).method == "$rpc.calls"
        await transport.publish(sent, result="of the second gateway")
        assert await calling == "of the second gateway"
        await turns()
        assert [name for name in client_tasks() if not name.endswith("_ask")] == []


async def next_call(transport: ScriptedTransport) -> Sent:
    while (sent := await transport.next()).method == "$rpc.calls":
        sent.answer.set_result({"$rpc": 1, "send_again": []})
    return sent


async def test_pending_calls_are_not_asked_about_if_the_gateway_does_not_keep_them() -> None:
    async with connected(keeps_calls=False) as (client, transport):
        calling = start(client)
        sent = await transport.next()
        sent.reply(pending=True)
        await turns()
        assert "Calls._watch" not in client_tasks()
        await transport.publish(sent, result=1)
        await calling


async def test_pending_calls_are_asked_about_together() -> None:
    async with connected() as (client, transport):
        calling = [start(client) for _ in range(250)]
        sent = [await transport.next() for _ in calling]
        for call in sent:
            call.reply(pending=True)
        asked = [(await transport.next()).data["correlation_ids"] for _ in range(3)]
        assert [len(ids) for ids in asked] == [100, 100, 50]
        assert {each for ids in asked for each in ids} == {call.correlation_id for call in sent}
        for call in sent:
            await transport.publish(call, result=1)
        await asyncio.gather(*calling)


@pytest.mark.parametrize("key", ["", "k" * 129])
async def test_an_idempotency_key_has_1_to_128_characters(key: str) -> None:
    async with connected() as (client, transport):
        with pytest.raises(
            ArgumentError, match=f"has {len(key)} characters: use 1 to 128"
        ) as wrong:
            await client.call("tasks.get_stats", {}, idempotency_key=key)
        assert wrong.value.code == "CRPC_ARGUMENT_INVALID"
        calling = start(client, idempotency_key="k" * 128)
        sent = await transport.next()
        assert len(sent.data["idempotency_key"]) == 128
        sent.reply(result=1)
        await calling
