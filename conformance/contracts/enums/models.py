from enum import Enum, IntEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Status(str, Enum):
    """The state of a task."""

    OPEN = "open"
    DONE = "done"


class Priority(IntEnum):
    LOW = 1
    HIGH = 2


class Single(Enum):
    ONLY = "only"


class Enums(BaseModel):
    status: Status
    described: Status = Field(description="What it was before.")
    same_words: Status = Field(description="The state of a task.")
    with_default: Status = Status.OPEN
    nullable: Status | None = None
    all: list[Status]
    priority: Priority = Priority.LOW
    single: Single
    inline: Literal["red", "green"]
    nullable_inline: Literal["red", "green"] | None
    numbers: Literal[1, 2, 3]
    # Python has no literals of fractions.
    fractions: Annotated[Any, WithJsonSchema({"type": "number", "enum": [0.5, 1.5]})]
    mixed: Literal["a", 1]
    constant: Literal["a"]
    constant_number: Literal[7]
    constant_flag: Literal[True]
    nothing: None


@websocket_rpc("enums.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Enums) -> Enums:
    raise NotImplementedError
