from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from centrifugo_rpc import (
    ConnectionContext,
    ErrorCode,
    HandlerService,
    Next,
    Registry,
    RPCError,
    websocket_rpc,
)
from centrifugo_rpc.contract import build_contract, contract_json
from centrifugo_rpc.service.handler_service import ServiceResponse

from .requests import SECRET, answer, call, call_body, signed


class Params(BaseModel):
    user_id: str


class Stats(BaseModel):
    total: int


@pytest.fixture
def registry() -> Registry:
    registry = Registry()

    @websocket_rpc("tasks.get_stats", registry=registry)
    async def get_stats(conn: ConnectionContext, params: Params) -> Stats:
        return Stats(total=3)

    return registry


@pytest.fixture
def service(registry: Registry) -> HandlerService:
    return HandlerService(secret=SECRET, registry=registry)


def error(response: ServiceResponse) -> Any:
    assert response.headers["content-type"] == "application/json"
    return json.loads(response.body)["error"]


class TestSecret:
    @pytest.mark.parametrize("secret", ["", SecretStr("")])
    def test_an_empty_one_is_refused(self, secret: str | SecretStr) -> None:
        with pytest.raises(ValueError, match="set CENTRIFUGO_HANDLER_SERVICE_SECRET or"):
            HandlerService(secret=secret)

    async def test_may_be_a_secret_str(self, registry: Registry) -> None:
        service = HandlerService(secret=SecretStr(SECRET), registry=registry)
        assert (await call(service, "tasks.get_stats", {"user_id": "1"})).status == 200


class TestRoutes:
    async def test_unknown_ones_are_not_found(self, service: HandlerService) -> None:
        response = await service.handle("admin", "GET", {}, b"")
        assert response.status == 404
        assert error(response)["message"] == (
            "route 'admin' does not exist: use call, cancel, contract, health"
        )

    @pytest.mark.parametrize(
        ("route", "method", "allow"),
        [("call", "GET", "POST"), ("contract", "POST", "GET"), ("health", "PUT", "GET")],
    )
    async def test_have_one_http_method(
        self, service: HandlerService, route: str, method: str, allow: str
    ) -> None:
        response = await service.handle(route, method, signed(route), b"")
        assert (response.status, response.headers["allow"]) == (405, allow)

    @pytest.mark.parametrize(("route", "method"), [("call", "POST"), ("contract", "GET")])
    async def test_are_signed(
        self, service: HandlerService, route: str, method: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        for headers in ({}, signed("other")):
            response = await service.handle(route, method, headers, b"")
            assert response.status == 401
            assert error(response)["code"] == 401
        assert SECRET not in caplog.text

    async def test_refuse_a_body_that_is_too_large(self, service: HandlerService) -> None:
        body = b" " * (2 * 1024 * 1024 + 1)
        response = await service.handle("call", "POST", signed("call", body), body)
        assert response.status == 413


class TestCall:
    async def test_answers_with_the_result(self, service: HandlerService) -> None:
        response = await call(service, "tasks.get_stats", {"user_id": "1"})
        assert (response.status, response.body) == (200, b'{"result":{"total":3}}')
        assert response.headers["content-type"] == "application/json"

    async def test_answers_with_null_without_one(
        self, service: HandlerService, registry: Registry
    ) -> None:
        @websocket_rpc("ping", registry=registry)
        async def ping(conn: ConnectionContext) -> None: ...

        assert await answer(service, "ping") == {"result": None}

    async def test_answers_with_errors(self, service: HandlerService, registry: Registry) -> None:
        @websocket_rpc("no", registry=registry)
        async def no(conn: ConnectionContext) -> None:
            raise RPCError(1001, "quota used up", {"limit": 10})

        assert await answer(service, "no") == {
            "error": {"code": 1001, "message": "quota used up", "details": {"limit": 10}}
        }
        assert await answer(service, "nope") == {
            "error": {"code": 404, "message": 'no method "nope"'}
        }
        wrong = await answer(service, "tasks.get_stats", {"user_id": 1})
        assert wrong["error"]["code"] == 400
        assert wrong["error"]["details"]["issues"][0]["path"] == ["user_id"]

    async def test_unexpected_errors_do_not_reach_the_caller(
        self, service: HandlerService, registry: Registry
    ) -> None:
        @websocket_rpc("broken", registry=registry)
        async def broken(conn: ConnectionContext) -> None:
            raise ValueError("geheim")

        assert await answer(service, "broken") == {
            "error": {"code": 500, "message": ErrorCode.INTERNAL.summary}
        }

    async def test_passes_the_caller_to_the_handler(
        self, service: HandlerService, registry: Registry
    ) -> None:
        seen: list[ConnectionContext] = []

        @websocket_rpc("who", registry=registry)
        async def who(conn: ConnectionContext) -> None:
            seen.append(conn)

        body = call_body("who", timeout_ms=10_000)
        before = datetime.now(timezone.utc)
        trace = {"traceparent": "00-1", "tracestate": "a=1"}
        await service.handle("call", "POST", signed("call", body, **trace), body)
        (conn,) = seen
        assert (conn.user_id, conn.client_id) == ("42", "9336a229-2400-4ebc-8c50-0a643d22e8a0")
        assert (conn.transport, conn.protocol, conn.meta) == ("websocket", "json", {"tenant": 7})
        assert (conn.method, conn.correlation_id) == ("who", "c-1")
        assert (conn.traceparent, conn.tracestate) == ("00-1", "a=1")
        left = conn.deadline - before
        assert timedelta(seconds=10) <= left < timedelta(seconds=20)
        assert not conn.cancelled

    async def test_runs_middleware(self, registry: Registry) -> None:
        def refuse(next: Next) -> Next:
            async def run(conn: ConnectionContext, params: Any) -> Any:
                raise RPCError(ErrorCode.PERMISSION_DENIED)

            return run

        service = HandlerService(secret=SECRET, registry=registry, middleware=[refuse])
        wrong = await answer(service, "tasks.get_stats", {"user_id": "1"})
        assert wrong["error"]["code"] == 403

    async def test_ignores_fields_that_it_does_not_know(self, service: HandlerService) -> None:
        connection = {
            "user_id": "",
            "client_id": "c",
            "transport": "websocket",
            "protocol": "json",
            "new": 1,
        }
        fields: dict[str, Any] = {"connection": connection, "new": [1]}
        result = await answer(service, "tasks.get_stats", {"user_id": "1"}, **fields)
        assert result == {"result": {"total": 3}}

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "the request body is not a call: Invalid JSON"),
            (b"\xff{}", "the request body is not a call: Invalid JSON"),
            (b"[]", "the request body is not a call: Input should be an object"),
            (b"{}", "the request body is not a call: version: Field required"),
            (b'{"a":' * 150 + b"1", "the request body is not a call: Invalid JSON"),
            (
                call_body("a", version=3),
                "the call has version 3, and this service supports 1 and 2: update",
            ),
            (call_body("a", version="1"), "version: Input should be a valid integer"),
            (call_body(1), "method: Input should be a valid string"),
            (call_body("a", timeout_ms=-1), "timeout_ms: Input should be greater than or equal"),
            (call_body("a", connection={}), "connection.user_id: Field required"),
        ],
    )
    async def test_refuses_a_body_that_is_not_a_call(
        self, service: HandlerService, body: bytes, message: str
    ) -> None:
        response = await service.handle("call", "POST", signed("call", body), body)
        assert response.status == 400
        assert message in error(response)["message"]

    @pytest.mark.parametrize("params", [b"[" * 1000 + b"]" * 1000, b"[" * 100_000, b'"\\ud83d"'])
    async def test_reports_params_that_python_cannot_read_to_the_caller(
        self, service: HandlerService, params: bytes
    ) -> None:
        body = call_body("tasks.get_stats", "PARAMS").replace(b'"PARAMS"', params)
        response = await service.handle("call", "POST", signed("call", body), body)
        assert response.status == 200
        assert error(response)["code"] == 400

    async def test_refuses_calls_when_it_stops(self, service: HandlerService) -> None:
        assert (await service.handle("health", "GET", {}, b"")).body == b'{"status":"ok"}'
        service.stop()
        assert (await call(service, "tasks.get_stats", {"user_id": "1"})).status == 503
        health = await service.handle("health", "GET", {}, b"")
        assert (health.status, health.body) == (503, b'{"status":"stopping"}')


class TestContract:
    async def get(self, service: HandlerService, if_none_match: str = "") -> ServiceResponse:
        headers = signed("contract", **{"if-none-match": if_none_match})
        return await service.handle("contract", "GET", headers, b"")

    async def test_is_that_of_the_registry(
        self, service: HandlerService, registry: Registry
    ) -> None:
        response = await self.get(service)
        assert response.status == 200
        assert response.body.decode() == contract_json(build_contract(registry))

    async def test_is_not_sent_again_if_unchanged(self, service: HandlerService) -> None:
        etag = (await self.get(service)).headers["etag"]
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            response = await self.get(service, known)
            assert (response.status, response.body) == (304, b"")
            assert response.headers["etag"] == etag
        assert (await self.get(service, '"other"')).status == 200

    async def test_is_named_in_each_answer_and_follows_the_registry(
        self, service: HandlerService, registry: Registry
    ) -> None:
        def named(headers: Mapping[str, str]) -> str:
            return headers["x-rpc-contract"]

        before = (await self.get(service)).headers["etag"]
        assert named((await call(service, "tasks.get_stats")).headers) == before

        @websocket_rpc("more", registry=registry)
        async def more(conn: ConnectionContext) -> None: ...

        after = named((await call(service, "more")).headers)
        assert after != before
        assert (await self.get(service)).headers["etag"] == after

    async def test_that_cannot_be_built_is_reported_to_the_operator(
        self, service: HandlerService, registry: Registry, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Wrong(BaseModel):
            value: complex

        @websocket_rpc("wrong", registry=registry)
        async def wrong(conn: ConnectionContext) -> Wrong:
            return Wrong(value=1j)

        with pytest.raises(TypeError):
            service.check()
        response = await self.get(service)
        assert response.status == 500
        assert "cannot build the contract: " in error(response)["message"]
        assert "wrong" in error(response)["message"]
        assert "cannot build the contract" in caplog.text
        # The other methods go on.
        still = await call(service, "tasks.get_stats", {"user_id": "1"})
        assert still.body == b'{"result":{"total":3}}'
        assert "x-rpc-contract" not in still.headers
