from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from pydantic import BaseModel, Field, RootModel

from centrifugo_rpc import (
    ConnectionContext,
    ErrorCode,
    Next,
    Registry,
    RPCError,
    websocket_rpc,
)
from centrifugo_rpc.testing import Caller, connection_context

registry = Registry()


class Params(BaseModel):
    user_id: str = Field(alias="userId")
    since: datetime | None = None


class Stats(BaseModel):
    total: int


@websocket_rpc("tasks.get_stats", registry=registry)
async def get_stats(conn: ConnectionContext, params: Params) -> Stats:
    if params.user_id != conn.user_id:
        raise RPCError(ErrorCode.PERMISSION_DENIED)
    return Stats(total=len(conn.meta))


@websocket_rpc("tasks.clear", registry=registry)
async def clear(conn: ConnectionContext) -> None:
    raise KeyError("the table")


async def not_registered(conn: ConnectionContext) -> None: ...


class TestCaller:
    async def test_returns_the_result_of_a_handler(self) -> None:
        caller = Caller(registry, user_id="42", meta={"tenant": 7})
        result = await caller.call(get_stats, {"userId": "42"})
        assert result == Stats(total=1)
        assert await caller.call("tasks.get_stats", {"userId": "42"}) == result

    async def test_accepts_the_params_model(self) -> None:
        since = datetime(2026, 1, 1, tzinfo=timezone.utc)
        params = Params(userId="test-user", since=since)
        assert await Caller(registry).call(get_stats, params) == Stats(total=0)

    async def test_raises_what_a_caller_would_get(self) -> None:
        caller = Caller(registry)
        for params, code in (({"userId": "other"}, 403), ({"user_id": "test-user"}, 400)):
            with pytest.raises(RPCError) as caught:
                await caller.call(get_stats, params)
            assert caught.value.code == code

    async def test_shows_the_cause_of_an_unexpected_error(self) -> None:
        with pytest.raises(RPCError) as caught:
            await Caller(registry).call(clear)
        assert caught.value.code == 500
        assert isinstance(caught.value.__cause__, KeyError)

    async def test_runs_middleware(self) -> None:
        def always_five(next: Next) -> Next:
            async def run(conn: ConnectionContext, params: Any) -> Any:
                return Stats(total=5)

            return run

        caller = Caller(registry, middleware=[always_five])
        assert (await caller.call(get_stats, {"userId": "x"})).total == 5

    async def test_refuses_a_function_that_is_not_a_handler_of_the_registry(self) -> None:
        with pytest.raises(TypeError, match=r"decorate it with @websocket_rpc\(\.\.\.\)"):
            await Caller(registry).call(not_registered)

    async def test_calls_the_registry_of_the_process_by_default(self) -> None:
        @websocket_rpc("test_testing.default")
        async def default(conn: ConnectionContext) -> RootModel[str]:
            return RootModel(conn.user_id)

        assert (await Caller().call(default)).root == "test-user"


async def test_a_handler_can_be_called_directly() -> None:
    conn = connection_context(user_id="42", meta={"a": 1})
    assert await get_stats(conn, Params(userId="42")) == Stats(total=1)
    assert (conn.deadline - datetime.now(timezone.utc)).total_seconds() > 20
    assert connection_context().client_id != connection_context().client_id
