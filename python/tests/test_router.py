from __future__ import annotations

import asyncio
import dataclasses
from datetime import date, datetime, timezone
from enum import Enum
from typing import Any, cast
from uuid import UUID

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel

from centrifugo_rpc import (
    ConnectionContext,
    ErrorCode,
    Next,
    Registry,
    RPCError,
    websocket_rpc,
)
from centrifugo_rpc.testing import connection_context

from .router_calls import call, failure


class Params(BaseModel):
    user_id: str
    limit: int = 20


class Stats(BaseModel):
    total: int


class Limits(BaseModel):
    limit: int


def as_stats(result: Any) -> Stats:
    """What type checkers would not let through."""
    return cast("Stats", result)


@pytest.fixture
def registry() -> Registry:
    return Registry()


def issue_paths(error: RPCError) -> list[Any]:
    details: Any = error.details
    return [issue["path"] for issue in details["issues"]]


WRONG_PARAMS: list[tuple[Any, Any]] = [
    ({"user_id": 1}, [{"path": ["user_id"], "message": "Input should be a valid string"}]),
    (
        {"user_id": "1", "limit": "5"},
        [{"path": ["limit"], "message": "Input should be a valid integer"}],
    ),
    (
        {"limit": True},
        [
            {"path": ["user_id"], "message": "Field required"},
            {"path": ["limit"], "message": "Input should be a valid integer"},
        ],
    ),
    ([], [{"path": [], "message": "Input should be an object"}]),
    (None, [{"path": ["user_id"], "message": "Field required"}]),
]


class TestParams:
    async def test_are_given_to_the_handler_with_their_defaults(self, registry: Registry) -> None:
        @websocket_rpc("echo", registry=registry)
        async def echo(conn: ConnectionContext, params: Params) -> Params:
            assert isinstance(params, Params)
            return params

        assert await call(registry, "echo", {"user_id": "1"}) == b'{"user_id":"1","limit":20}'

    @pytest.mark.parametrize(("params", "issues"), WRONG_PARAMS)
    async def test_that_are_wrong_are_refused_with_issues(
        self, registry: Registry, params: Any, issues: Any
    ) -> None:
        @websocket_rpc("echo", registry=registry)
        async def echo(conn: ConnectionContext, params: Params) -> Params:
            return params

        error = await failure(registry, "echo", params)
        assert error.code == 400
        assert error.details == {"issues": issues}
        assert error.message.startswith("echo: ")

    async def test_are_as_strict_as_json(self, registry: Registry) -> None:
        class Color(Enum):
            red = "red"

        class Rich(BaseModel):
            day: date
            at: datetime
            id: UUID
            color: Color
            pair: tuple[int, float]
            tags: set[str]

        @websocket_rpc("rich", registry=registry)
        async def rich(conn: ConnectionContext, params: Rich) -> Rich:
            return params

        params = {
            "day": "2026-01-01",
            "at": "2026-01-01T00:00:00Z",
            "id": "0198c1f2-7b5e-7c3a-9d41-0a6f3c1e2b77",
            "color": "red",
            "pair": [1, 2],
            "tags": ["a"],
        }
        assert b'"day":"2026-01-01"' in await call(registry, "rich", params)
        error = await failure(registry, "rich", {**params, "pair": ["1", True], "at": 0})
        assert issue_paths(error) == [["at"], ["pair", 0], ["pair", 1]]

    async def test_have_the_names_of_the_wire(self, registry: Registry) -> None:
        class Inner(BaseModel):
            task_id: int = Field(alias="taskId")

        class Outer(BaseModel):
            model_config = ConfigDict(validate_by_name=True)
            items: list[Inner | str]

        @websocket_rpc("named", registry=registry)
        async def named(conn: ConnectionContext, params: Outer) -> Outer:
            return params

        sent = {"items": ["a", {"taskId": 1}]}
        assert await call(registry, "named", sent) == b'{"items":["a",{"taskId":1}]}'
        error = await failure(registry, "named", {"items": ["a", {"task_id": 1}]})
        assert issue_paths(error) == [["items", 1, "taskId"]]

    async def test_null_is_a_value_if_the_model_accepts_it(self, registry: Registry) -> None:
        @websocket_rpc("nullable", registry=registry)
        async def nullable(
            conn: ConnectionContext, params: RootModel[list[int] | None]
        ) -> RootModel[bool]:
            return RootModel(params.root is None)

        assert await call(registry, "nullable", None) == b"true"
        assert await call(registry, "nullable", [1]) == b"false"

    async def test_null_means_no_params_elsewhere(self, registry: Registry) -> None:
        class AllOptional(BaseModel):
            limit: int = 7

        @websocket_rpc("optional", registry=registry)
        async def optional(conn: ConnectionContext, params: AllOptional) -> Limits:
            return Limits(limit=params.limit)

        assert await call(registry, "optional", None) == b'{"limit":7}'

    async def test_are_refused_by_a_method_without(self, registry: Registry) -> None:
        @websocket_rpc("ping", registry=registry)
        async def ping(conn: ConnectionContext) -> None: ...

        assert await call(registry, "ping", None) == b"null"
        assert await call(registry, "ping", {}) == b"null"
        wrong: list[Any] = [{"a": 1}, [], 0, ""]
        for params in wrong:
            error = await failure(registry, "ping", params)
            assert error.details == {
                "issues": [{"path": [], "message": "the method takes no params"}]
            }


class TestResult:
    async def test_may_be_any_value_that_the_model_validates(self, registry: Registry) -> None:
        @websocket_rpc("stats", registry=registry)
        async def stats(conn: ConnectionContext) -> Stats:
            return as_stats({"total": 1})

        assert await call(registry, "stats") == b'{"total":1}'

    async def test_that_breaks_the_contract_is_logged_and_an_internal_error(
        self, registry: Registry, caplog: pytest.LogCaptureFixture
    ) -> None:
        @websocket_rpc("stats", registry=registry)
        async def stats(conn: ConnectionContext) -> Stats:
            return as_stats({"total": "secret"})

        error = await failure(registry, "stats")
        assert (error.code, error.details) == (500, None)
        assert error.message == ErrorCode.INTERNAL.summary
        assert "result of stats: total: Input should be a valid integer" in caplog.text

    async def test_of_a_derived_class_is_sent_as_the_model_alone(self, registry: Registry) -> None:
        class Private(Stats):
            password: str

        @websocket_rpc("stats", registry=registry)
        async def stats(conn: ConnectionContext) -> Stats:
            return Private(total=1, password="secret")

        assert await call(registry, "stats") == b'{"total":1}'

    async def test_of_a_method_without_one_is_null(self, registry: Registry) -> None:
        @websocket_rpc("ping", registry=registry)
        async def ping(conn: ConnectionContext) -> None:
            return cast("None", as_stats(3))

        assert await call(registry, "ping") == b"null"


class TestMiddleware:
    async def test_runs_around_the_handler_the_services_outside(self, registry: Registry) -> None:
        steps: list[str] = []

        def step(name: str) -> Any:
            def middleware(next: Next) -> Next:
                async def run(conn: ConnectionContext, params: Any) -> Any:
                    steps.append(f"{name} {params!r}")
                    result = await next(conn, params)
                    steps.append(f"{name} {result!r}")
                    return result

                return run

            return middleware

        @websocket_rpc("echo", middleware=[step("inner")], registry=registry)
        async def echo(conn: ConnectionContext, params: Limits) -> Limits:
            return Limits(limit=params.limit + 1)

        await call(registry, "echo", {"limit": 1}, step("first"), step("second"))
        assert steps == [
            "first Limits(limit=1)",
            "second Limits(limit=1)",
            "inner Limits(limit=1)",
            "inner Limits(limit=2)",
            "second Limits(limit=2)",
            "first Limits(limit=2)",
        ]

    async def test_may_refuse_and_pass_another_context_on(self, registry: Registry) -> None:
        def as_admin(next: Next) -> Next:
            async def run(conn: ConnectionContext, params: Any) -> Any:
                if params.limit > 1:
                    raise RPCError(ErrorCode.RATE_LIMITED)
                return await next(dataclasses.replace(conn, user_id="admin"), params)

            return run

        @websocket_rpc("who", middleware=[as_admin], registry=registry)
        async def who(conn: ConnectionContext, params: Limits) -> RootModel[str]:
            return RootModel(conn.user_id)

        assert await call(registry, "who", {"limit": 1}) == b'"admin"'
        assert (await failure(registry, "who", {"limit": 2})).code == 429

    async def test_does_not_run_for_params_that_are_wrong(self, registry: Registry) -> None:
        def never(next: Next) -> Next:
            async def run(conn: ConnectionContext, params: Any) -> Any:
                raise AssertionError

            return run

        @websocket_rpc("echo", middleware=[never], registry=registry)
        async def echo(conn: ConnectionContext, params: Limits) -> None: ...

        assert (await failure(registry, "echo", {})).code == 400


async def test_the_context_reports_cancellation() -> None:
    conn = connection_context(deadline=datetime.now(timezone.utc))
    waiting = asyncio.ensure_future(conn.until_cancelled())
    assert not conn.cancelled
    conn.cancellation.set()
    await waiting
    assert conn.cancelled
