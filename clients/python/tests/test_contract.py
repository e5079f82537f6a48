"""The contract check: docs/protocol.md, section 10."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from centrifugo_rpc_client import (
    CentrifugoRPCClient,
    ClientContract,
    ContractMismatch,
    ContractVerdict,
)

from .fake_centrifugo import USER_ID, FakeCentrifugo, client_tasks, hello

METHODS: list[dict[str, Any]] = [
    {"name": "a", "hash": "h-a", "params": {"type": "object"}},
    {"name": "b", "hash": "h-b", "result": {"type": "string"}},
    {"name": "c", "hash": "h-c"},
    {"name": "d", "hash": "h-d"},
    {"name": "huge", "hash": "h-huge", "params": {"description": "x" * 2000}},
]
CONTRACT = ClientContract("h1", lambda: METHODS)
WHOLE = {"a": {"params": {"type": "object"}}, "b": {"result": {"type": "string"}}, "d": {}}


@pytest.mark.parametrize("watch_first", [True, False])
async def test_verdicts_of_what_differs(server: FakeCentrifugo, watch_first: bool) -> None:
    server.on_hello = hello(contract="h2", max_message_bytes=2500)
    found: asyncio.Queue[ContractMismatch] = asyncio.Queue()
    client = CentrifugoRPCClient(server.url, "token", USER_ID)
    if watch_first:
        client.watch_contract(CONTRACT, found.put_nowait)
    async with client:
        if not watch_first:
            client.watch_contract(CONTRACT, found.put_nowait)
        by_hash = await server.next_call()
        assert by_hash.method == "$rpc.contract"
        assert by_hash.data["methods"] == {method["name"]: method["hash"] for method in METHODS}
        unknown = dict.fromkeys(["a", "b", "d", "huge"], "unknown")
        await by_hash.answer({"data": {"$rpc": 1, "verdicts": {**unknown, "c": "removed"}}})
        whole = await server.next_call()
        assert whole.data["methods"] == WHOLE
        verdicts = {"a": "compatible", "b": "unknown"}
        await whole.answer({"data": {"$rpc": 1, "verdicts": verdicts}})
        mismatch = await asyncio.wait_for(found.get(), 5)
    expected: dict[str, ContractVerdict] = {
        "a": "compatible",
        "b": "changed",
        "c": "removed",
        "huge": "changed",
    }
    assert mismatch == ContractMismatch("h2", expected)


@pytest.mark.parametrize("contract", ["h1", None])
async def test_nothing_is_asked(server: FakeCentrifugo, contract: str | None) -> None:
    server.on_hello = hello(contract=contract)
    client = CentrifugoRPCClient(server.url, "token", USER_ID)
    client.watch_contract(CONTRACT)
    async with client:
        calling = asyncio.create_task(client.call("any", {}))
        call = await server.next_call()
        assert call.method == "any"
        await call.reply(result=None)
        await calling


async def test_a_mismatch_is_logged(
    server: FakeCentrifugo, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged = asyncio.Queue[str]()

    def emit(record: logging.LogRecord) -> None:
        if record.name == "centrifugo_rpc":
            logged.put_nowait(record.getMessage())

    monkeypatch.setattr(caplog.handler, "emit", emit)
    server.on_hello = hello(contract="h2")
    client = CentrifugoRPCClient(server.url, "token", USER_ID)
    client.watch_contract(CONTRACT)
    async with client:
        call = await server.next_call()
        await call.answer({"data": {"$rpc": 1, "verdicts": {"c": "removed"}}})
        assert "c removed" in await asyncio.wait_for(logged.get(), 5)


async def test_a_call_carries_its_trace(server: FakeCentrifugo) -> None:
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    client = CentrifugoRPCClient(
        server.url, "token", USER_ID, trace_context=lambda: {"traceparent": parent}
    )
    async with client:
        calling = asyncio.create_task(client.call("any", {}))
        call = await server.next_call()
        assert call.data["traceparent"] == parent
        await call.reply(result=None)
        await calling


async def test_an_on_mismatch_that_fails_is_logged(
    server: FakeCentrifugo, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_mismatch: ContractMismatch) -> None:
        raise RuntimeError("on purpose")

    server.on_hello = hello(contract="h2")
    client = CentrifugoRPCClient(server.url, "token", USER_ID)
    client.watch_contract(CONTRACT, fail)
    async with client:
        await (await server.next_call()).answer({"data": {"$rpc": 1, "verdicts": {}}})
        calling = asyncio.create_task(client.call("any", {}))
        await (await server.next_call()).reply(result=1)
        assert await calling == 1
        assert client_tasks() == []
    assert "on_mismatch failed: RuntimeError('on purpose')" in caplog.text
