"""Workers that share their calls in a cache."""

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import BaseCache, caches
from django.test import override_settings
from pydantic import RootModel

from centrifugo_rpc import ConnectionContext, HandlerService, Registry, websocket_rpc
from centrifugo_rpc.django import shared_calls
from centrifugo_rpc.django.checks import check_call_cache, check_config
from centrifugo_rpc.django.shared_calls import CacheCalls

from ..requests import SECRET, call_body, signed


class Worker:
    """A worker of a service."""

    def __init__(self, *, alias: str = "calls", idempotent: bool = False) -> None:
        self.runs = 0
        self.started = asyncio.Event()
        self.may_end = asyncio.Event()
        self.calls = CacheCalls(alias)
        registry = Registry()
        self.service = HandlerService(secret=SECRET, registry=registry, shared_calls=self.calls)

        @websocket_rpc("run", registry=registry, idempotent=idempotent)
        async def run(conn: ConnectionContext, params: RootModel[Any]) -> RootModel[str]:
            self.runs += 1
            self.started.set()
            await self.may_end.wait()
            return RootModel[str]("done")

    async def epoch(self) -> str | None:
        response = await self.service.handle("contract", "GET", signed("contract"), b"")
        return response.headers.get("x-rpc-epoch")

    async def answer(self, params: Any = 1, **fields: Any) -> Any:
        body = call_body("run", params, **{"version": 2, "epoch": await self.epoch(), **fields})
        response = await self.service.handle("call", "POST", signed("call", body), body)
        return json.loads(response.body) if response.status == 200 else response.status

    async def cancel(self) -> Any:
        body = json.dumps({"version": 2, "user_id": "42", "correlation_id": "c-1"}).encode()
        response = await self.service.handle("cancel", "POST", signed("cancel", body), body)
        return json.loads(response.body)

    def crash(self) -> None:
        """Its lease is not renewed any more."""
        self.calls._renew_and_cancel = lambda: None  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("redis")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    socket = f"{tmp_path_factory.mktemp('redis')}/redis.sock"
    command = [program, "--port", "0", "--unixsocket", socket, "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        for line in server.stdout:
            if "accept connections" in line:
                break
        yield f"unix://{socket}"
        server.terminate()
        server.stdout.read()


@pytest.fixture(params=["memory", "redis"], autouse=True)
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[BaseCache]:
    """The cache, which is empty. Leases are short. In this process, the one in memory is shared."""
    backends = "django.core.cache.backends"
    settings = {"BACKEND": f"{backends}.locmem.LocMemCache", "LOCATION": "calls"}
    if request.param == "redis":
        settings = {
            "BACKEND": f"{backends}.redis.RedisCache",
            "LOCATION": request.getfixturevalue("redis_url"),
        }
    monkeypatch.setattr(shared_calls, "_LEASE_SECONDS", 1)
    monkeypatch.setattr(shared_calls, "_RENEWAL_SECONDS", 0.2)
    default = {"BACKEND": f"{backends}.locmem.LocMemCache"}
    with override_settings(CACHES={"default": default, "calls": settings}):
        caches["calls"].clear()
        yield caches["calls"]


async def test_a_request_to_another_worker_gets_the_kept_reply() -> None:
    one, two = Worker(), Worker()
    one.may_end.set()
    assert await one.epoch() == await two.epoch()
    assert await one.answer() == {"result": "done"}
    assert await two.answer() == {"result": "done"}
    assert (one.runs, two.runs) == (1, 0)
    assert (await two.answer(2))["error"]["code"] == 400


async def test_a_request_to_another_worker_waits_for_the_call_that_runs() -> None:
    one, two = Worker(), Worker()
    first = asyncio.ensure_future(one.answer())
    await one.started.wait()
    second = asyncio.ensure_future(two.answer())
    # Longer than a lease: it is renewed.
    done, _ = await asyncio.wait({second}, timeout=1.5)
    assert not done
    one.may_end.set()
    assert [await first, await second] == [{"result": "done"}] * 2
    assert (one.runs, two.runs) == (1, 0)


async def test_the_call_of_a_worker_that_is_gone_is_lost() -> None:
    one, two = Worker(), Worker()
    first = asyncio.ensure_future(one.answer())
    await one.started.wait()
    one.crash()
    error = (await two.answer())["error"]
    assert (error["code"], error["details"]) == (409, {"ran": None})
    first.cancel()
    one.may_end.set()
    await asyncio.wait({first})


async def test_an_idempotent_one_runs_again() -> None:
    one, two, three = (Worker(idempotent=True) for _ in range(3))
    first = asyncio.ensure_future(one.answer())
    await one.started.wait()
    one.crash()
    two.may_end.set()
    three.may_end.set()
    again = [asyncio.ensure_future(worker.answer()) for worker in (two, three)]
    assert [await answer for answer in again] == [{"result": "done"}] * 2
    assert two.runs + three.runs == 1
    one.may_end.set()
    await first


async def test_a_call_of_another_epoch_is_refused(cache: BaseCache) -> None:
    worker = Worker()
    worker.may_end.set()
    epoch = await worker.epoch()
    cache.clear()
    assert await worker.answer(epoch=epoch) == 412
    assert await worker.epoch() != epoch
    assert await worker.answer() == {"result": "done"}


async def test_a_call_that_may_have_run_elsewhere_is_not_run() -> None:
    worker = Worker()
    worker.may_end.set()
    assert (await worker.answer(known_only=True))["error"]["code"] == 409
    assert await worker.answer() == {"result": "done"}
    assert await Worker().answer(known_only=True) == {"result": "done"}


async def test_another_worker_can_cancel_a_call() -> None:
    one, two = Worker(), Worker()
    call = asyncio.ensure_future(one.answer())
    await one.started.wait()
    assert await two.cancel() == {"cancelled": True}
    assert (await call)["error"]["code"] == 499
    assert (await two.answer())["error"]["code"] == 499
    assert await two.cancel() == {"cancelled": False}


async def test_a_cache_that_is_away_refuses_calls_that_may_have_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worker = Worker()
    worker.may_end.set()
    epoch = await worker.epoch()

    def fail(*_: object) -> None:
        raise ConnectionError("away")

    monkeypatch.setattr(worker.calls, "_claim", fail)
    monkeypatch.setattr(worker.calls, "_epoch", fail)
    assert await worker.epoch() is None
    assert (await worker.answer(epoch=epoch))["error"]["code"] == 503
    assert worker.runs == 0
    monkeypatch.undo()
    assert await worker.answer(epoch=epoch) == {"result": "done"}


def test_the_setting_names_a_cache() -> None:
    with override_settings(CENTRIFUGO_RPC_CALL_CACHE="nowhere"):
        [error] = check_config()
    assert error.id == "centrifugo_rpc.E002"
    assert "CENTRIFUGO_RPC_CALL_CACHE is 'nowhere'" in error.msg


def test_a_cache_that_cannot_keep_calls_is_a_warning(request: pytest.FixtureRequest) -> None:
    with override_settings(CENTRIFUGO_RPC_CALL_CACHE="calls"):
        assert check_config() == []
        ids = [message.id for message in check_call_cache()]
    suitable = "redis" in request.node.name
    assert ids == ([] if suitable else ["centrifugo_rpc.W004"])
