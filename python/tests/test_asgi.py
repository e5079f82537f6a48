from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, HandlerService, Registry, asgi_app, websocket_rpc
from centrifugo_rpc.asgi import ASGIApp, Message

from .requests import SECRET, call_body, signed


class Numbers(BaseModel):
    total: int


@pytest.fixture
def registry() -> Registry:
    registry = Registry()

    @websocket_rpc("count", registry=registry)
    async def count(conn: ConnectionContext) -> Numbers:
        return Numbers(total=3)

    return registry


@pytest.fixture
def service(registry: Registry) -> HandlerService:
    return HandlerService(secret=SECRET, registry=registry)


class Connection:
    """One request of an ASGI server: it waits for more messages until the client goes."""

    def __init__(self, *messages: Message) -> None:
        self.sent: list[Message] = []
        self._messages = [*messages]
        self._gone = asyncio.Event()

    async def receive(self) -> Message:
        if self._messages:
            return self._messages.pop(0)
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    def go(self) -> None:
        self._gone.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message["body"] for message in self.sent[1:])


def scope(
    path: str, method: str = "GET", headers: dict[str, str] | None = None, root_path: str = ""
) -> dict[str, Any]:
    return {
        "type": "http",
        "path": path,
        "root_path": root_path,
        "method": method,
        "headers": [
            (name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()
        ],
    }


def chunks(body: bytes, size: int) -> list[Message]:
    parts = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    return [
        {"type": "http.request", "body": part, "more_body": index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]


async def get(app: ASGIApp, path: str, root_path: str = "") -> Connection:
    connection = Connection(*chunks(b"", 1))
    await app(scope(path, root_path=root_path), connection.receive, connection.send)
    return connection


async def post(app: ASGIApp, path: str, body: bytes, chunk: int = 1 << 20) -> Connection:
    connection = Connection(*chunks(body, chunk))
    headers = signed("call", body)
    await app(scope(path, "POST", headers), connection.receive, connection.send)
    return connection


class TestRequests:
    async def test_are_answered(self, service: HandlerService) -> None:
        connection = await post(asgi_app(service), "/call", call_body("count"))
        assert (connection.status, connection.body) == (200, b'{"result":{"total":3}}')
        assert connection.headers["content-type"] == "application/json"
        assert connection.headers["content-length"] == "22"
        assert connection.headers["x-rpc-contract"]

    async def test_may_arrive_in_chunks(self, service: HandlerService) -> None:
        connection = await post(asgi_app(service), "/call", call_body("count"), chunk=7)
        assert connection.body == b'{"result":{"total":3}}'

    async def test_are_refused_when_they_are_too_large(self, service: HandlerService) -> None:
        app = asgi_app(service)
        body = b" " * (2 * 1024 * 1024 + 1)
        assert (await post(app, "/call", body)).status == 413

        def never() -> Any:
            raise AssertionError

        connection = Connection()
        headers = {"content-length": str(len(body))}
        await app(scope("/call", "POST", headers), never, connection.send)
        assert connection.status == 413

    async def test_whose_headers_are_not_ascii_are_refused(self, service: HandlerService) -> None:
        connection = Connection(*chunks(b"", 1))
        headers = {**signed("contract"), "x-rpc-signature": "v1=ä"}
        await asgi_app(service)(
            scope("/contract", headers=headers), connection.receive, connection.send
        )
        assert connection.status == 401

    async def test_for_a_known_contract_have_no_body(self, service: HandlerService) -> None:
        app = asgi_app(service)
        first, second = Connection(*chunks(b"", 1)), Connection(*chunks(b"", 1))
        await app(scope("/contract", headers=signed("contract")), first.receive, first.send)
        headers = signed("contract", **{"if-none-match": first.headers["etag"]})
        await app(scope("/contract", headers=headers), second.receive, second.send)
        assert (second.status, second.body) == (304, b"")
        assert "content-length" not in second.headers


class TestPaths:
    @pytest.mark.parametrize(
        ("prefix", "root_path", "path", "status"),
        [
            ("", "", "/health", 200),
            ("", "", "/", 404),
            ("", "", "/rpc/health", 404),
            ("", "", "/health/", 404),
            ("/rpc", "", "/rpc/health", 200),
            ("rpc/", "", "/rpc/health", 200),
            ("/rpc", "", "/health", 404),
            ("/rpc", "", "/rpchealth", 404),
            ("", "/api/rpc", "/api/rpc/health", 200),
            ("", "/api/rpc", "/health", 200),
            ("", "/api/rpc/", "/api/rpc/health", 200),
            ("/rpc", "/api", "/api/rpc/health", 200),
            ("", "/api", "/api/rpc/health", 404),
        ],
    )
    async def test_are_below_the_prefix_and_where_it_is_mounted(
        self, service: HandlerService, prefix: str, root_path: str, path: str, status: int
    ) -> None:
        connection = await get(asgi_app(service, path=prefix), path, root_path)
        assert connection.status == status


class TestDisconnect:
    async def test_cancels_the_handler_and_sends_nothing(
        self, service: HandlerService, registry: Registry
    ) -> None:
        started, stopped = asyncio.Event(), asyncio.Event()

        @websocket_rpc("slow", registry=registry)
        async def slow(conn: ConnectionContext) -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                assert conn.cancelled
                stopped.set()

        body = call_body("slow")
        connection = Connection(*chunks(body, 1 << 20))
        app = asgi_app(service)(
            scope("/call", "POST", signed("call", body)), connection.receive, connection.send
        )
        running = asyncio.ensure_future(app)
        await started.wait()
        connection.go()
        await stopped.wait()
        await running
        assert connection.sent == []

    async def test_during_the_body_runs_nothing(self, service: HandlerService) -> None:
        connection = Connection({"type": "http.request", "body": b"{", "more_body": True})
        connection.go()
        await asgi_app(service)(scope("/call", "POST"), connection.receive, connection.send)
        assert connection.sent == []

    async def test_a_server_that_ends_the_request_cancels_the_handler(
        self, service: HandlerService, registry: Registry
    ) -> None:
        started, stopped = asyncio.Event(), asyncio.Event()

        @websocket_rpc("slow", registry=registry)
        async def slow(conn: ConnectionContext) -> None:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                stopped.set()

        running = asyncio.ensure_future(post(asgi_app(service), "/call", call_body("slow")))
        await started.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        await stopped.wait()


class TestLifespan:
    async def run(self, app: ASGIApp) -> list[Message]:
        connection = Connection({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
        await app({"type": "lifespan"}, connection.receive, connection.send)
        return connection.sent

    async def test_stops_the_service_at_its_end(self, service: HandlerService) -> None:
        app = asgi_app(service)
        assert (await get(app, "/health")).status == 200
        assert [message["type"] for message in await self.run(app)] == [
            "lifespan.startup.complete",
            "lifespan.shutdown.complete",
        ]
        assert (await get(app, "/health")).status == 503

    async def test_fails_with_a_contract_that_cannot_be_built(
        self, service: HandlerService, registry: Registry
    ) -> None:
        class Wrong(BaseModel):
            value: complex

        @websocket_rpc("wrong.method", registry=registry)
        async def wrong(conn: ConnectionContext) -> Wrong:
            return Wrong(value=1j)

        (failed,) = await self.run(asgi_app(service))
        assert failed["type"] == "lifespan.startup.failed"
        assert "wrong.method" in failed["message"]


async def test_websockets_are_closed(service: HandlerService) -> None:
    connection = Connection({"type": "websocket.connect"})
    await asgi_app(service)({"type": "websocket"}, connection.receive, connection.send)
    assert connection.sent == [{"type": "websocket.close"}]


async def test_errors_are_json(service: HandlerService) -> None:
    connection = await get(asgi_app(service), "/admin")
    assert json.loads(connection.body)["error"]["code"] == 404
