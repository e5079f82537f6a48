"""What type checkers must refuse: an ``ignore`` that is not needed is an error for them."""
# pyright: reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from pydantic import BaseModel

from centrifugo_rpc import (
    ConnectionContext,
    DeclaredError,
    DjangoCfgCentrifugoConfig,
    Registry,
    RPCError,
    websocket_rpc,
)
from centrifugo_rpc.testing import Caller


class Details(BaseModel):
    task_id: int


class Other(BaseModel):
    name: str


class TaskNotFound(DeclaredError[Details], code=1001):
    """There is no such task."""


class QuotaUsedUp(DeclaredError[None], code=1002):
    """No calls are left."""


class NoCode(DeclaredError[None]):  # type: ignore[call-arg]
    """Has no code."""


class WrongCode(DeclaredError[None], code="1003"):  # type: ignore[arg-type]
    """Has a text as its code."""


class NoModel(DeclaredError[int], code=1004):  # type: ignore[type-var]
    """Has details that are no model."""


def errors() -> list[RPCError]:
    task_id: int = TaskNotFound(Details(task_id=1)).details.task_id
    nothing: None = QuotaUsedUp().details
    code: int = TaskNotFound.code
    return [
        TaskNotFound(Details(task_id=task_id), message="gone"),
        QuotaUsedUp(message=f"{nothing} {code}"),
        RPCError(1001, "no", {"ids": [1, 2]}),
        TaskNotFound(),  # pyright: ignore[reportCallIssue]  # mypy takes it
        TaskNotFound(Other(name="x")),  # type: ignore[call-overload]
        TaskNotFound(None),  # type: ignore[call-overload]
        QuotaUsedUp(Details(task_id=1)),  # type: ignore[call-overload]
        RPCError(1001, "no", object()),  # type: ignore[arg-type]
        RPCError("1001"),  # type: ignore[arg-type]
    ]


registry = Registry()


@websocket_rpc("good", registry=registry, errors=[TaskNotFound, QuotaUsedUp])
async def good(conn: ConnectionContext, params: Details) -> Other:
    return Other(name=conn.user_id)


@websocket_rpc("nothing", registry=registry)
async def nothing(conn: ConnectionContext) -> None: ...


def handlers() -> None:
    @websocket_rpc("not_async")  # type: ignore[type-var]
    def not_async(conn: ConnectionContext, params: Details) -> Other:
        raise NotImplementedError

    @websocket_rpc("no_model")  # type: ignore[type-var]
    async def no_model(conn: ConnectionContext, params: Details) -> int:
        raise NotImplementedError

    @websocket_rpc("other_first")  # type: ignore[type-var]
    async def other_first(conn: int, params: Details) -> Other:
        raise NotImplementedError

    @websocket_rpc("too_many")  # type: ignore[type-var]
    async def too_many(conn: ConnectionContext, params: Details, more: int) -> Other:
        raise NotImplementedError

    @websocket_rpc("wrong_errors", errors=[ValueError])  # type: ignore[list-item]
    async def wrong_errors(conn: ConnectionContext) -> None: ...


async def calls(caller: Caller) -> str:
    await caller.call(nothing)
    await caller.call(good, object())  # type: ignore[call-overload]
    return (await caller.call(good, {"task_id": 1})).name


def configuration() -> list[DjangoCfgCentrifugoConfig]:
    return [
        DjangoCfgCentrifugoConfig(),
        DjangoCfgCentrifugoConfig(wrapper_api_key="key", ack_timeout=10),
        DjangoCfgCentrifugoConfig(ack_timeout=[10]),  # type: ignore[arg-type]
        DjangoCfgCentrifugoConfig(wrong=1),  # type: ignore[call-arg]
    ]
