from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import deprecated

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Constraints(BaseModel):
    """What a task may have.

    More of it.
    """

    model_config = ConfigDict(
        title="A task with limits", json_schema_extra={"examples": [{"title": "Write"}]}
    )

    title: str = Field(min_length=1, max_length=200, description="What the task is called.")
    code: str = Field(pattern=r"^[A-Z]{2}-\d+$", title="The code", examples=["AB-1", "CD-20"])
    age: int = Field(ge=0, le=150)
    even: int = Field(multiple_of=2)
    above: int = Field(gt=0)
    ratio: float = Field(gt=0, lt=1)
    step: float = Field(multiple_of=0.25, ge=-1.5)
    small: int = Field(ge=-(2**31), le=2**31 - 1)
    widest: int = Field(ge=-(2**53) + 1, le=2**53 - 1)
    tags: list[Annotated[str, Field(min_length=1)]] = Field(min_length=1, max_length=5)
    unique: set[int]
    old: str = Field(default="", deprecated=True, description="Use title.")
    many: list[Annotated[int, Field(le=9)]] = Field(
        default_factory=list, max_length=3, description="Up to three."
    )
    nullable: Annotated[int, Field(ge=1)] | None


@deprecated("use Constraints")
class Old(BaseModel):
    id: int


@websocket_rpc("constraints.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Constraints) -> Constraints:
    raise NotImplementedError


@websocket_rpc("constraints.old", registry=registry)
async def old(conn: ConnectionContext, params: Old) -> Old:
    raise NotImplementedError
