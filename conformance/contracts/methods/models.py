from datetime import datetime, timezone

from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, DeclaredError, Example, Registry, websocket_rpc

registry = Registry()


class Task(BaseModel):
    id: int
    title: str
    due: datetime | None = None
    weight: float = 1


class TaskId(BaseModel):
    id: int
    version: int = 1


class TaskNotFoundDetails(BaseModel):
    id: int
    hint: str = ""


class QuotaUsedUp(DeclaredError[None], code=1002):
    """The user has made all calls of the day."""


class TaskNotFound(DeclaredError[TaskNotFoundDetails], code=1001):
    """There is no such task."""


class Plain(DeclaredError[None], code=1003):
    pass


@websocket_rpc("a.nothing", registry=registry)
async def nothing(conn: ConnectionContext) -> None:
    raise NotImplementedError


@websocket_rpc("b.params_only", description="Closes.", registry=registry)
async def params_only(conn: ConnectionContext, params: TaskId) -> None:
    raise NotImplementedError


@websocket_rpc("c.result_only", deprecated=True, registry=registry)
async def result_only(conn: ConnectionContext) -> Task:
    raise NotImplementedError


@websocket_rpc(
    "d.all",
    deprecated="use b.params_only",
    idempotent=True,
    errors=[QuotaUsedUp, TaskNotFound, Plain],
    examples=[
        Example(description="The first.", params={"id": 1}, result={"id": 1, "title": "Write"}),
        Example(params=TaskId(id=2, version=3)),
        Example(
            result=Task(
                id=2,
                title="“Ü”",
                due=datetime(2026, 1, 31, 12, tzinfo=timezone.utc),
                weight=0.5,
            )
        ),
    ],
    registry=registry,
)
async def everything(conn: ConnectionContext, params: TaskId) -> Task:
    """Gives a task.

    Or none.
    """
    raise NotImplementedError


@websocket_rpc("e.same_error", errors=[TaskNotFound], registry=registry)
async def same_error(conn: ConnectionContext) -> None:
    raise NotImplementedError
