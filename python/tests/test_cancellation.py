"""How the calls of a handler service end before their handlers do."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import RootModel

from centrifugo_rpc import (
    ConnectionContext,
    ErrorCode,
    HandlerService,
    Registry,
    websocket_rpc,
)

from .requests import SECRET, answer, call


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def service(registry: Registry) -> HandlerService:
    return HandlerService(secret=SECRET, registry=registry)


def other_tasks() -> set[asyncio.Task[Any]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


class Slow:
    """A handler with events for its progress. It ends when it is cancelled, unless stubborn."""

    def __init__(self, registry: Registry, *, stubborn: bool = False) -> None:
        self.started = asyncio.Event()
        self.stopped = asyncio.Event()
        self.released = asyncio.Event()
        self.cancelled_before: bool | None = None

        @websocket_rpc("slow", registry=registry)
        async def slow(conn: ConnectionContext) -> None:
            self.started.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.cancelled_before = conn.cancelled
                if stubborn:
                    await self.released.wait()
                    raise ValueError("too late") from None
                raise
            finally:
                self.stopped.set()


async def test_the_handler_is_cancelled_when_its_caller_goes(
    service: HandlerService, registry: Registry
) -> None:
    slow = Slow(registry)
    waiting = asyncio.ensure_future(call(service, "slow"))
    await slow.started.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await slow.stopped.wait()
    assert slow.cancelled_before is True


async def test_the_handler_is_cancelled_when_the_time_is_up(
    service: HandlerService, registry: Registry
) -> None:
    slow = Slow(registry)
    late = await answer(service, "slow", timeout_ms=1)
    assert late["error"] == {"code": 408, "message": ErrorCode.DEADLINE_EXCEEDED.summary}
    await slow.stopped.wait()
    assert slow.cancelled_before is True


async def test_a_handler_that_does_not_stop_does_not_delay_the_response(
    service: HandlerService, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "centrifugo_rpc")
    slow = Slow(registry, stubborn=True)
    late = await answer(service, "slow", timeout_ms=1)
    assert late["error"]["code"] == 408
    assert not slow.stopped.is_set()
    left = other_tasks()
    slow.released.set()
    await asyncio.wait(left)
    assert [record.message for record in caplog.records] == ["handler stopped"]


async def test_a_call_takes_at_most_five_minutes(
    service: HandlerService, registry: Registry
) -> None:
    deadlines: list[datetime] = []

    @websocket_rpc("when", registry=registry)
    async def when(conn: ConnectionContext) -> None:
        deadlines.append(conn.deadline)

    await answer(service, "when", timeout_ms=10**9)
    left = deadlines[0] - datetime.now(timezone.utc)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)


async def test_a_handler_that_cancels_itself_has_failed(
    service: HandlerService, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    @websocket_rpc("self", registry=registry)
    async def self_(conn: ConnectionContext) -> None:
        raise asyncio.CancelledError

    assert (await answer(service, "self"))["error"]["code"] == 500
    assert "it was cancelled, but the caller did not cancel it" in caplog.text


async def test_threads_see_that_the_caller_has_gone(
    service: HandlerService, registry: Registry
) -> None:
    started = asyncio.Event()
    ended = asyncio.get_running_loop().create_future()

    def work(conn: ConnectionContext) -> None:
        while not conn.cancelled:
            pass
        ended.get_loop().call_soon_threadsafe(ended.set_result, conn.cancelled)

    @websocket_rpc("thread", registry=registry)
    async def thread(conn: ConnectionContext) -> RootModel[int]:
        started.set()
        await asyncio.to_thread(work, conn)
        return RootModel(1)

    waiting = asyncio.ensure_future(call(service, "thread"))
    await started.wait()
    waiting.cancel()
    assert await ended
