from typing import Optional

from pydantic import BaseModel, Field
from pydantic_core import MISSING

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Point(BaseModel):
    x: float
    y: float


class Fields(BaseModel):
    required: str
    optional: str | MISSING = MISSING
    nullable: str | None
    nullable_number: Optional[int]  # noqa: UP045
    nullable_or_absent: int | None = None
    optional_nullable: bool | MISSING | None = MISSING
    nullable_point: Point | None = None
    optional_point: Point | MISSING = MISSING
    text: str = 'a "quoted" text\n\u2028 ü € 😀 \x7f'
    number: float = 1e-7
    whole: float = 2.0
    large: float = 1e21
    negative: int = -1
    flag: bool = False
    empty: list[int] = Field(default_factory=list)
    filled: list[str] = ["b", "a"]
    map: dict[str, int] = Field(default_factory=dict)
    filled_map: dict[str, float] = {"b": 1, "a": 0.5, "2": 0, "1": 0}
    point: Point = Point(x=0, y=-0.5)
    points: list[Point] = [Point(x=1, y=1)]


@websocket_rpc("fields.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Fields) -> Fields:
    raise NotImplementedError
