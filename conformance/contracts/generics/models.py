from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, Field, RootModel

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()

Item = TypeVar("Item")


class Task(BaseModel):
    id: int


class Page(BaseModel, Generic[Item]):
    """A part of a longer list."""

    items: list[Item]
    next: str | None = None


class Ids(RootModel[list[int]]):
    """The ids of tasks."""


class Name(RootModel[Annotated[str, Field(min_length=1)]]):
    pass


class Tasks(RootModel[dict[str, Task]]):
    pass


class Maybe(RootModel[Task | None]):
    pass


class Nested(BaseModel):
    ids: Ids
    name: Name
    raw: RootModel[list[str]]


@websocket_rpc("generics.ids", registry=registry)
async def ids(conn: ConnectionContext, params: Ids) -> Ids:
    raise NotImplementedError


@websocket_rpc("generics.inline", registry=registry)
async def inline(conn: ConnectionContext, params: RootModel[list[int]]) -> RootModel[list[Task]]:
    raise NotImplementedError


@websocket_rpc("generics.maybe", registry=registry)
async def maybe(conn: ConnectionContext, params: Name) -> Maybe:
    raise NotImplementedError


@websocket_rpc("generics.nested", registry=registry)
async def nested(conn: ConnectionContext, params: Nested) -> Page[Page[Task]]:
    raise NotImplementedError


@websocket_rpc("generics.scalar", registry=registry)
async def scalar(conn: ConnectionContext, params: RootModel[str]) -> RootModel[int | None]:
    raise NotImplementedError


@websocket_rpc("generics.tasks", registry=registry)
async def tasks(conn: ConnectionContext, params: Tasks) -> Page[Task]:
    raise NotImplementedError


@websocket_rpc("generics.texts", registry=registry)
async def texts(conn: ConnectionContext, params: Page[int]) -> Page[list[str]]:
    raise NotImplementedError
