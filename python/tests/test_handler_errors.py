"""The errors of handlers, as their callers and the log see them."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from pydantic import BaseModel, model_validator

from centrifugo_rpc import (
    ConnectionContext,
    DeclaredError,
    ErrorCode,
    Registry,
    RPCError,
    websocket_rpc,
)
from centrifugo_rpc.handlers.router import encode_error

from .router_calls import call, failure


class Limits(BaseModel):
    limit: int


class QuotaUsedUp(DeclaredError[Limits], code=1001, message="quota used up"): ...


class Locked(DeclaredError[None], code=1002): ...


@pytest.fixture
def registry() -> Registry:
    return Registry()


async def test_a_method_that_does_not_exist(registry: Registry) -> None:
    error = await failure(registry, "nope")
    assert (error.code, error.message) == (404, 'no method "nope"')


async def test_an_rpc_error_reaches_the_caller(registry: Registry) -> None:
    @websocket_rpc("no", registry=registry)
    async def no(conn: ConnectionContext) -> None:
        raise RPCError(ErrorCode.PERMISSION_DENIED, "not yours", {"owner": "7"})

    error = await failure(registry, "no")
    wire = encode_error(error, logging.getLogger())
    assert wire == b'{"code":403,"message":"not yours","details":{"owner":"7"}}'


async def test_anything_else_is_logged_and_stays_secret(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    @websocket_rpc("broken", registry=registry)
    async def broken(conn: ConnectionContext) -> None:
        raise KeyError("the password is geheim")

    error = await failure(registry, "broken")
    assert (error.code, error.details) == (500, None)
    assert "geheim" not in error.message
    assert isinstance(error.__cause__, KeyError)
    (record,) = caplog.records
    assert record.exc_info is not None
    assert vars(record)["method"] == "broken"
    assert vars(record)["user_id"] == "test-user"


async def test_a_validator_that_fails_unexpectedly_is_an_internal_error(registry: Registry) -> None:
    class Broken(BaseModel):
        @model_validator(mode="before")
        @classmethod
        def fail(cls, data: Any) -> Any:
            raise KeyError("geheim")

    @websocket_rpc("broken", registry=registry)
    async def broken(conn: ConnectionContext, params: Broken) -> None: ...

    assert (await failure(registry, "broken", {})).code == 500


async def test_a_declared_error_has_its_details(registry: Registry) -> None:
    @websocket_rpc("quota", errors=[QuotaUsedUp], registry=registry)
    async def quota(conn: ConnectionContext) -> None:
        raise QuotaUsedUp(Limits(limit=10))

    error = await failure(registry, "quota")
    assert isinstance(error, QuotaUsedUp)
    wire = encode_error(error, logging.getLogger())
    assert wire == b'{"code":1001,"message":"quota used up","details":{"limit":10}}'


async def test_an_error_with_the_code_of_a_declared_one_is_checked_against_it(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    @websocket_rpc("right", errors=[QuotaUsedUp], registry=registry)
    async def right(conn: ConnectionContext) -> None:
        raise RPCError(1001, "used up", {"limit": 10})

    @websocket_rpc("wrong", errors=[QuotaUsedUp], registry=registry)
    async def wrong(conn: ConnectionContext) -> None:
        raise RPCError(1001, "used up", {"limit": "many"})

    error = await failure(registry, "right")
    assert error.details == Limits(limit=10)
    assert error.message == "used up"
    assert (await failure(registry, "wrong")).code == 500
    assert "details of QuotaUsedUp of wrong: limit: Input should be" in caplog.text


async def test_a_declared_error_that_the_method_does_not_declare_causes_a_warning(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    @websocket_rpc("locked", registry=registry)
    async def locked(conn: ConnectionContext) -> None:
        raise Locked

    assert (await failure(registry, "locked")).code == 1002
    assert "raised Locked, which the method does not declare" in caplog.text


async def test_a_message_may_be_any_string() -> None:
    wire = encode_error(RPCError(1005, 'half \ud83d "x"'), logging.getLogger())
    assert json.loads(wire) == {"code": 1005, "message": 'half \ud83d "x"'}


async def test_details_that_json_cannot_represent_are_left_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    details: Any = {"at": object()}
    wire = encode_error(RPCError(1005, "no", details), logging.getLogger())
    assert wire == b'{"code":1005,"message":"no"}'
    assert "the error 1005 is sent without its details" in caplog.text


async def test_an_exception_of_a_cancelled_handler_is_not_a_failure(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    @websocket_rpc("stopped", registry=registry)
    async def stopped(conn: ConnectionContext) -> None:
        conn.cancellation.set()
        raise ValueError

    assert (await failure(registry, "stopped")).code == 499
    assert caplog.records == []


async def test_cancellation_passes(registry: Registry) -> None:
    @websocket_rpc("stopped", registry=registry)
    async def stopped(conn: ConnectionContext) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await call(registry, "stopped")
