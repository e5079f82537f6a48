"""The ASGI application under a real server, with clients that keep and close connections."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from pydantic import BaseModel, RootModel

from centrifugo_rpc import (
    ConnectionContext,
    HandlerService,
    Registry,
    asgi_app,
    websocket_rpc,
)

from .requests import SECRET, call_body, signed


@pytest.fixture
def registry() -> Registry:
    registry = Registry()

    @websocket_rpc("echo", registry=registry)
    async def echo(conn: ConnectionContext, params: RootModel[str]) -> RootModel[str]:
        return params

    return registry


@pytest.fixture
async def url(registry: Registry) -> AsyncIterator[str]:
    app = asgi_app(HandlerService(secret=SECRET, registry=registry), path="/rpc")
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="on"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        running = asyncio.ensure_future(server.serve(sockets=[listening]))
        # It listens already: requests wait until the server has started.
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/rpc"
        server.should_exit = True
        await running


async def test_calls_share_a_connection(url: str) -> None:
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=1)) as client:
        ports: set[object] = set()
        for text in ("one", "two"):
            body = call_body("echo", text)
            response = await client.post(f"{url}/call", content=body, headers=signed("call", body))
            assert response.json() == {"result": text}
            stream = response.extensions["network_stream"]
            ports.add(stream.get_extra_info("client_addr"))
        assert len(ports) == 1


async def test_the_contract_and_the_health_are_there(url: str) -> None:
    async with httpx.AsyncClient() as client:
        contract = await client.get(f"{url}/contract", headers=signed("contract"))
        assert [method["name"] for method in contract.json()["methods"]] == ["echo"]
        headers = signed("contract", **{"if-none-match": contract.headers["etag"]})
        assert (await client.get(f"{url}/contract", headers=headers)).status_code == 304
        assert (await client.get(f"{url}/health")).json() == {"status": "ok"}


async def test_a_client_that_closes_the_connection_cancels_the_handler(
    url: str, registry: Registry
) -> None:
    started, stopped = asyncio.Event(), asyncio.Event()
    cancelled: list[bool] = []

    @websocket_rpc("slow", registry=registry)
    async def slow(conn: ConnectionContext) -> None:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.append(conn.cancelled)
            stopped.set()

    body = call_body("slow")
    async with httpx.AsyncClient() as client:
        call = asyncio.ensure_future(
            client.post(f"{url}/call", content=body, headers=signed("call", body))
        )
        await started.wait()
        call.cancel()
        await asyncio.wait({call})
    await stopped.wait()
    assert cancelled == [True]


async def test_a_body_that_is_too_large_is_refused(url: str) -> None:
    body = b" " * (2 * 1024 * 1024 + 1)
    async with httpx.AsyncClient() as client:
        response = await client.post(f"{url}/call", content=body, headers=signed("call", body))
    assert response.status_code == 413


async def test_the_server_does_not_start_with_a_wrong_contract(registry: Registry) -> None:
    class Wrong(BaseModel):
        value: complex

    @websocket_rpc("wrong", registry=registry)
    async def wrong(conn: ConnectionContext) -> Wrong:
        return Wrong(value=1j)

    app = asgi_app(HandlerService(secret=SECRET, registry=registry))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="on"))
    with pytest.raises(SystemExit):
        await server.serve()
    assert not server.started
