"""Generated clients against the handlers of this process, without a socket."""

from __future__ import annotations

import asyncio
import importlib
import shutil
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal as Number
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel

from centrifugo_rpc import (
    Base64,
    Base64Url,
    ConnectionContext,
    Decimal,
    DeclaredError,
    Int64,
    Next,
    Registry,
    RPCError,
    Uint64,
    websocket_rpc,
)
from centrifugo_rpc.testing import create_test_client

ROOT = Path(__file__).parents[2]

registry = Registry()


class AllFormats(BaseModel):
    created_at: datetime
    day: date
    at: time
    duration: timedelta
    id: UUID
    amount: Decimal
    sequence: Int64
    size: Uint64
    data: Base64
    token: Base64Url


class TaskRef(BaseModel):
    id: str


class TaskEdit(TaskRef):
    title: str


class TaskTitle(BaseModel):
    title: str


class MissingTask(BaseModel):
    task_id: str
    looked_in: Literal["open", "archive"]


class TaskNotFound(DeclaredError[MissingTask], code=1001):
    """There is no such task."""


received: list[AllFormats] = []


@websocket_rpc("formats.put", registry=registry)
async def put(conn: ConnectionContext, params: AllFormats) -> AllFormats:
    received.append(params)
    return params


@websocket_rpc("tasks.get", registry=registry, errors=[TaskNotFound])
async def get(conn: ConnectionContext, params: TaskRef) -> TaskTitle:
    if params.id == "missing":
        raise TaskNotFound(MissingTask(task_id=params.id, looked_in="archive"))
    return TaskTitle(title=f"{params.id} of {conn.user_id}, {conn.meta.get('role')}")


# The calls of tasks.ping, which do not end by themselves.
pings: asyncio.Queue[ConnectionContext]


@pytest.fixture(autouse=True)
async def _no_pings() -> None:
    global pings
    pings = asyncio.Queue()  # It belongs to the event loop of one test.


@websocket_rpc("tasks.ping", registry=registry)
async def ping(conn: ConnectionContext) -> None:
    pings.put_nowait(conn)
    await asyncio.Event().wait()


@pytest.fixture(scope="module", autouse=True)
def _generated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Generated folders, each with its copy of the base client."""
    folder = tmp_path_factory.mktemp("clients")
    for name in ("formats", "errors"):
        package = folder / f"{name}_client"
        shutil.copytree(ROOT / "conformance/golden" / name / "python/api_client", package)
        shutil.copytree(ROOT / "clients/python/centrifugo_rpc_client", package / "rpc")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(folder), *sys.path])
        yield


def generated(name: str) -> Any:
    """The module of a generated client, whose types a type checker cannot know here."""
    return importlib.import_module(f"{name}_client")


def client_of(module: Any, **options: Any) -> Any:
    return create_test_client(registry, client=module.CentrifugoRPCClient, **options)


async def test_encodes_and_decodes_the_formats() -> None:
    module, models = generated("formats"), importlib.import_module("formats_client.models")
    sent = models.AllFormats(
        created_at=datetime(2026, 11, 30, 12, 0, 0, 123000, tzinfo=timezone.utc),
        day=date(2026, 11, 30),
        at=time(12, 30),
        duration=timedelta(minutes=5),
        id=UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
        amount=Number("9.99"),
        sequence=2**53 + 1,
        size=2**64 - 1,
        data=b"hello",
        token=b"\xff\xfe",
    )
    async with client_of(module) as rpc:
        assert await module.APIClient(rpc).formats_put(sent) == sent
    assert received[-1].sequence == 2**53 + 1
    assert received[-1].created_at == sent.created_at


async def test_calls_handlers_as_its_user() -> None:
    module, models = generated("errors"), importlib.import_module("errors_client.models")
    async with client_of(module, user_id="anna", meta={"role": "admin"}) as rpc:
        result = await module.APIClient(rpc).tasks_get(models.TasksGetParams(id="7"))
    assert result.title == "7 of anna, admin"


async def test_gets_the_errors_that_a_caller_gets() -> None:
    module, models = generated("errors"), importlib.import_module("errors_client.models")
    async with client_of(module) as rpc:
        api = module.APIClient(rpc)
        with pytest.raises(module.TaskNotFound) as missing:
            await api.tasks_get(models.TasksGetParams(id="missing"))
        assert missing.value.details.looked_in == "archive"
        with pytest.raises(module.RPCError) as absent:
            await api.tasks_edit(models.TasksEditParams(id="7", title="new"))
        assert absent.value.code == 404
        with pytest.raises(module.RPCError) as invalid:
            await rpc.call("tasks.get", {"id": 7})
        assert invalid.value.code == 400
        assert invalid.value.details["issues"][0]["path"] == ["id"]


async def test_runs_the_middleware_it_is_given() -> None:
    def refuse(next: Next) -> Next:
        async def run(conn: ConnectionContext, params: Any) -> Any:
            raise RPCError(403, f"not {conn.method}")

        return run

    module = generated("errors")
    async with client_of(module, middleware=[refuse]) as rpc:
        with pytest.raises(module.RPCError) as refused:
            await rpc.call("tasks.get", {"id": "7"})
    assert (refused.value.code, refused.value.message) == (403, "not tasks.get")


async def test_ends_a_call_and_its_handler_at_the_deadline() -> None:
    module = generated("errors")
    async with client_of(module) as rpc:
        with pytest.raises(module.RPCError) as late:
            await module.APIClient(rpc).tasks_ping(timeout=0.05)
        assert late.value.code == 408
        conn = await pings.get()
        await asyncio.wait_for(conn.until_cancelled(), 5)


async def test_cancels_the_handler_with_the_task_of_the_call() -> None:
    module = generated("errors")
    async with client_of(module) as rpc:
        calling = asyncio.create_task(module.APIClient(rpc).tasks_ping())
        conn = await pings.get()
        assert not conn.cancelled
        calling.cancel()
        await asyncio.wait_for(conn.until_cancelled(), 5)
        with pytest.raises(asyncio.CancelledError):
            await calling


async def test_cancels_its_calls_when_it_disconnects() -> None:
    module = generated("errors")
    async with client_of(module) as rpc:
        calling = asyncio.create_task(module.APIClient(rpc).tasks_ping())
        conn = await pings.get()
    with pytest.raises(module.RPCError) as ended:
        await calling
    assert ended.value.code == 499
    await asyncio.wait_for(conn.until_cancelled(), 5)


async def test_needs_a_connection_as_every_client() -> None:
    module = generated("errors")
    rpc = client_of(module)
    with pytest.raises(module.RPCError) as early:
        await rpc.call("tasks.get", {"id": "7"})
    assert early.value.code == 503


async def test_refuses_subscriptions() -> None:
    module = generated("errors")
    async with client_of(module) as rpc:
        with pytest.raises(module.RPCError, match="has no channels") as refused:
            await rpc.subscribe("events:news", print)
    assert refused.value.code == 503
