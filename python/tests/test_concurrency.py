"""How many calls of a service run at the same time."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from centrifugo_rpc import ConnectionContext, HandlerService, Registry, websocket_rpc
from centrifugo_rpc.service.slots import CallSlots

from .requests import SECRET, call_body, signed


class Gate:
    """A service whose calls run until they are let go."""

    def __init__(self, max_concurrent_calls: int | None) -> None:
        registry = Registry()
        self.running = 0
        self.most = 0
        self.started = asyncio.Queue[str]()
        self.open = asyncio.Event()

        @websocket_rpc("wait", registry=registry)
        async def wait(conn: ConnectionContext) -> None:
            self.running += 1
            self.most = max(self.most, self.running)
            self.started.put_nowait(conn.correlation_id)
            try:
                await self.open.wait()
            finally:
                self.running -= 1

        self.service = HandlerService(
            secret=SECRET, registry=registry, max_concurrent_calls=max_concurrent_calls
        )

    async def call(self, correlation_id: str = "c-1", timeout_ms: int = 30_000) -> Any:
        body = call_body("wait", correlation_id=correlation_id, timeout_ms=timeout_ms)
        response = await self.service.handle("call", "POST", signed("call", body), body)
        return json.loads(response.body)


async def test_calls_above_the_limit_wait_for_their_turn() -> None:
    gate = Gate(2)
    calls = asyncio.gather(*(gate.call(f"c-{i}") for i in range(20)))
    assert [await gate.started.get(), await gate.started.get()] == ["c-0", "c-1"]
    gate.open.set()
    assert await calls == [{"result": None}] * 20
    assert gate.most == 2
    assert [gate.started.get_nowait() for _ in range(18)] == [f"c-{i}" for i in range(2, 20)]


async def test_a_call_that_does_not_get_its_turn_in_time_fails_and_has_not_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gate = Gate(1)
    first = asyncio.ensure_future(gate.call("first"))
    await gate.started.get()
    answer = await gate.call("second", timeout_ms=20)
    assert answer == {
        "error": {"code": 503, "message": "the service is busy: the call was not run"}
    }
    assert "no call ended in time: 1 are running" in caplog.text
    gate.open.set()
    assert await first == {"result": None}
    assert gate.started.empty()
    assert await gate.call("third") == {"result": None}


async def test_a_waiting_call_whose_caller_goes_leaves_its_place() -> None:
    gate = Gate(1)
    first = asyncio.ensure_future(gate.call("first"))
    await gate.started.get()
    second, third = (asyncio.ensure_future(gate.call(name)) for name in ("second", "third"))
    await asyncio.sleep(0)
    second.cancel()
    gate.open.set()
    assert [await first, await third] == [{"result": None}] * 2
    with pytest.raises(asyncio.CancelledError):
        await second
    assert gate.started.get_nowait() == "third"


async def test_a_handler_that_does_not_stop_keeps_its_place() -> None:
    registry = Registry()
    may_end = asyncio.Event()
    runs = 0

    @websocket_rpc("wait", registry=registry)
    async def wait(conn: ConnectionContext) -> None:
        nonlocal runs
        runs += 1
        while not may_end.is_set():
            try:
                await may_end.wait()
            except asyncio.CancelledError:
                continue

    service = HandlerService(secret=SECRET, registry=registry, max_concurrent_calls=1)
    gate = Gate(None)
    gate.service = service
    assert (await gate.call(timeout_ms=20))["error"]["code"] == 408
    assert (await gate.call(timeout_ms=20))["error"]["code"] == 503
    may_end.set()
    assert await gate.call() == {"result": None}
    assert runs == 2


async def test_there_may_be_no_limit() -> None:
    gate = Gate(None)
    calls = asyncio.gather(*(gate.call(f"c-{i}") for i in range(300)))
    for _ in range(300):
        await gate.started.get()
    gate.open.set()
    await calls


def test_the_limit_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_concurrent_calls is 0: use a number of 1 or more"):
        HandlerService(secret=SECRET, max_concurrent_calls=0)


def test_event_loops_share_the_slots() -> None:
    slots = CallSlots(3)
    lock = threading.Lock()
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        for _ in range(20):
            assert await slots.acquire(60)
            with lock:
                running += 1
                most = max(most, running)
            await asyncio.sleep(0)
            with lock:
                running -= 1
            slots.release()

    def run(work: Coroutine[Any, Any, None]) -> None:
        asyncio.run(work)

    threads = [threading.Thread(target=run, args=(work(),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert running == 0
    assert most <= 3
