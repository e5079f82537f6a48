"""Repeated requests: docs/handler-services.md."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest
from pydantic import RootModel

from centrifugo_rpc import ConnectionContext, ErrorCode, HandlerService, Registry, websocket_rpc
from centrifugo_rpc.errors import RPCError
from centrifugo_rpc.service import kept_calls
from centrifugo_rpc.service.handler_service import ServiceResponse

from .requests import SECRET, call_body, signed


class Kept:
    """A service with a method that counts its runs and waits until it may end."""

    def __init__(self) -> None:
        self.runs: list[ConnectionContext] = []
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.stopped = asyncio.Event()
        self.error: RPCError | None = None
        registry = Registry()
        self.service = HandlerService(secret=SECRET, registry=registry, max_concurrent_calls=10)

        @websocket_rpc("run", registry=registry)
        async def run(conn: ConnectionContext, params: RootModel[Any]) -> RootModel[int]:
            self.runs.append(conn)
            self.started.set()
            try:
                await self.may_end.wait()
            finally:
                self.stopped.set()
            if self.error:
                raise self.error
            return RootModel[int](len(self.runs))

    async def epoch(self) -> str:
        response = await self.service.handle("contract", "GET", signed("contract"), b"")
        return response.headers["x-rpc-epoch"]

    async def send(self, params: Any = 1, **fields: Any) -> ServiceResponse:
        """One request of the gateway, with the current epoch unless told otherwise."""
        body = call_body("run", params, **{"version": 2, "epoch": await self.epoch(), **fields})
        return await self.service.handle("call", "POST", signed("call", body), body)

    async def answer(self, params: Any = 1, **fields: Any) -> Any:
        response = await self.send(params, **fields)
        assert response.status == 200
        assert response.headers["x-rpc-correlation-id"] == fields.get("correlation_id", "c-1")
        return json.loads(response.body)

    async def cancel(self, **fields: Any) -> Any:
        call = {"version": 2, "user_id": "42", "correlation_id": "c-1", **fields}
        body = json.dumps(call).encode()
        response = await self.service.handle("cancel", "POST", signed("cancel", body), body)
        return json.loads(response.body)


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def ended(kept: Kept) -> Kept:
    """Its calls end at once."""
    kept.may_end.set()
    return kept


async def test_a_repeated_request_gets_the_kept_reply(ended: Kept) -> None:
    assert [await ended.answer(), await ended.answer()] == [{"result": 1}] * 2
    assert len(ended.runs) == 1


async def test_a_repeated_request_waits_for_the_call_that_runs(kept: Kept) -> None:
    calls = [asyncio.ensure_future(kept.answer()) for _ in range(3)]
    await kept.started.wait()
    kept.may_end.set()
    assert await asyncio.gather(*calls) == [{"result": 1}] * 3
    assert len(kept.runs) == 1


async def test_a_closed_connection_does_not_stop_the_handler(kept: Kept) -> None:
    first = asyncio.ensure_future(kept.answer())
    await kept.started.wait()
    first.cancel()
    second = asyncio.ensure_future(kept.answer(timeout_ms=30_000))
    done, _ = await asyncio.wait({first, second}, timeout=0.05)
    assert not done
    kept.may_end.set()
    assert await second == {"result": 1}
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not kept.runs[0].cancelled


async def test_a_handler_that_nobody_waits_for_stops_after_some_time(
    kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_calls, "_ABANDONED_SECONDS", 0.05)
    call = asyncio.ensure_future(kept.answer())
    await kept.started.wait()
    call.cancel()
    await kept.stopped.wait()
    assert kept.runs[0].cancelled
    await asyncio.wait({call})
    error = (await kept.answer())["error"]
    assert (error["code"], error["details"]) == (409, {"ran": True})


async def test_without_an_epoch_it_does_and_the_reply_is_not_kept(ended: Kept) -> None:
    assert await ended.answer(epoch=None) == {"result": 1}
    assert await ended.answer(epoch=None) == {"result": 2}
    ended.may_end.clear()
    ended.stopped.clear()
    ended.started.clear()
    call = asyncio.ensure_future(ended.answer(epoch=None))
    await ended.started.wait()
    call.cancel()
    await ended.stopped.wait()
    assert ended.runs[-1].cancelled


async def test_calls_of_others_are_other_calls(ended: Kept) -> None:
    connection = {**json.loads(call_body("run"))["connection"], "user_id": "43"}
    assert await ended.answer() == {"result": 1}
    assert await ended.answer(connection=connection) == {"result": 2}
    assert await ended.answer(correlation_id="c-2") == {"result": 3}
    assert await ended.answer(idempotency_key="c-1") == {"result": 4}
    assert [conn.idempotency_key for conn in ended.runs] == [None, None, None, "c-1"]


async def test_calls_with_one_idempotency_key_are_one_call(ended: Kept) -> None:
    assert await ended.answer(correlation_id="c-1", idempotency_key="k") == {"result": 1}
    assert await ended.answer(correlation_id="c-2", idempotency_key="k") == {"result": 1}


async def test_a_call_with_other_params_is_refused(ended: Kept) -> None:
    assert await ended.answer({"a": 1, "b": 2}) == {"result": 1}
    assert await ended.answer({"b": 2, "a": 1}) == {"result": 1}
    error = (await ended.answer({"a": 2, "b": 2}))["error"]
    assert (error["code"], error["details"]) == (400, {"idempotency_mismatch": True})


async def test_a_call_of_another_epoch_is_refused_unless_it_is_known(ended: Kept) -> None:
    response = await ended.send(epoch="another")
    assert response.status == 412
    assert response.headers["x-rpc-epoch"] == await ended.epoch()
    assert ended.runs == []
    await ended.answer()
    assert await ended.answer(epoch="another") == {"result": 1}


async def test_a_call_that_may_have_run_elsewhere_is_not_run(ended: Kept) -> None:
    error = (await ended.answer(known_only=True))["error"]
    assert (error["code"], error["details"]) == (409, {"ran": None})
    assert await ended.answer() == {"result": 1}
    assert await ended.answer(known_only=True) == {"result": 1}


async def test_errors_are_kept(ended: Kept) -> None:
    ended.error = RPCError(1001, "no")
    first = await ended.answer()
    ended.error = None
    assert await ended.answer() == first == {"error": {"code": 1001, "message": "no"}}


@pytest.mark.parametrize("code", [ErrorCode.UNAVAILABLE, ErrorCode.RATE_LIMITED])
async def test_a_call_that_has_not_run_may_run_later(ended: Kept, code: ErrorCode) -> None:
    ended.error = RPCError(code)
    assert (await ended.answer())["error"]["code"] == code
    ended.error = None
    assert await ended.answer() == {"result": 2}


async def test_the_deadline_stops_the_handler(kept: Kept) -> None:
    assert (await kept.answer(timeout_ms=20))["error"]["code"] == 408
    await kept.stopped.wait()
    assert kept.runs[0].cancelled
    assert (await kept.answer())["error"]["code"] == 408


async def test_a_repeated_request_does_not_wait_longer_than_its_own_time(kept: Kept) -> None:
    first = asyncio.ensure_future(kept.answer())
    await kept.started.wait()
    assert (await kept.answer(timeout_ms=20))["error"]["code"] == 408
    kept.may_end.set()
    assert await first == {"result": 1}


class TestCancellation:
    async def test_stops_the_handler(self, kept: Kept) -> None:
        call = asyncio.ensure_future(kept.answer())
        await kept.started.wait()
        assert await kept.cancel() == {"cancelled": True}
        assert (await call)["error"]["code"] == 499
        assert kept.runs[0].cancelled
        assert (await kept.answer())["error"]["code"] == 499

    async def test_of_a_call_that_has_ended_changes_nothing(self, ended: Kept) -> None:
        await ended.answer()
        assert await ended.cancel() == {"cancelled": False}
        assert await ended.answer() == {"result": 1}

    async def test_may_arrive_before_the_call(self, ended: Kept) -> None:
        assert await ended.cancel() == {"cancelled": False}
        assert (await ended.answer())["error"]["code"] == 499
        assert ended.runs == []

    async def test_names_the_call_by_its_key(self, kept: Kept) -> None:
        call = asyncio.ensure_future(kept.answer(idempotency_key="k"))
        await kept.started.wait()
        assert await kept.cancel(idempotency_key="k", correlation_id="c-9") == {"cancelled": True}
        assert (await call)["error"]["code"] == 499

    async def test_must_be_signed_and_valid(self, kept: Kept) -> None:
        assert (await kept.service.handle("cancel", "POST", {}, b"{}")).status == 401
        response = await kept.service.handle("cancel", "POST", signed("cancel", b"{}"), b"{}")
        assert response.status == 400
        assert b"the request body is not a cancellation: version: Field required" in response.body


async def test_a_service_that_stops_still_answers_repeated_requests(ended: Kept) -> None:
    await ended.answer()
    ended.service.stop()
    assert await ended.answer() == {"result": 1}
    assert (await ended.send(correlation_id="c-2")).status == 503


def test_requests_in_other_threads_share_the_call() -> None:
    registry = Registry()
    runs: list[str] = []
    started, may_end = threading.Event(), threading.Event()
    service = HandlerService(secret=SECRET, registry=registry)

    @websocket_rpc("run", registry=registry)
    async def run(conn: ConnectionContext) -> RootModel[int]:
        runs.append(conn.correlation_id)
        started.set()
        await asyncio.to_thread(may_end.wait)
        return RootModel[int](len(runs))

    async def epoch() -> str:
        return (await service.handle("contract", "GET", signed("contract"), b"")).headers[
            "x-rpc-epoch"
        ]

    body = call_body("run", version=2, epoch=asyncio.run(epoch()))
    answers: list[bytes] = []

    def request() -> None:
        response = asyncio.run(service.handle("call", "POST", signed("call", body), body))
        answers.append(response.body)

    threads = [threading.Thread(target=request) for _ in range(5)]
    threads[0].start()
    started.wait()
    for thread in threads[1:]:
        thread.start()
    may_end.set()
    for thread in threads:
        thread.join()
    assert answers == [b'{"result":1}'] * 5
    assert runs == ["c-1"]
