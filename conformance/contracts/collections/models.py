from enum import Enum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Point(BaseModel):
    x: float
    y: float


class Collections(BaseModel):
    integers: list[int]
    lists: list[list[str]]
    anything: list[Any]
    pair: tuple[str, int]
    points: tuple[Point, Point]
    nullable_pair: tuple[str, int] | None = None
    nothing: tuple[()]
    any_length: tuple[int, ...]
    map: dict[str, int]
    map_of_points: dict[str, list[Point]]
    map_of_anything: dict[str, Any]
    by_level: dict[Level, int]
    by_name: dict[Literal["north", "south"], Point]
    by_short_key: dict[Annotated[str, Field(min_length=1, max_length=3)], int]
    by_pattern: dict[Annotated[str, Field(pattern="^k-")], int]
    limited_map: dict[str, int] = Field(min_length=1, max_length=10)
    levels: set[Level]
    unknown: Any
    second: int = Field(alias="2")
    first: int = Field(alias="1")


@websocket_rpc("collections.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Collections) -> Collections:
    raise NotImplementedError
