import datetime as dt

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic.alias_generators import to_camel
from pydantic_core import MISSING

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: int


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int


class Counted(BaseModel):
    model_config = ConfigDict(extra="allow")

    __pydantic_extra__: dict[str, int]
    id: int


class Empty(BaseModel):
    pass


class Address(BaseModel):
    model_config = ConfigDict(json_schema_extra={"sensitive": True})

    street: str


class Base(BaseModel):
    """What all have."""

    id: int


class Derived(Base):
    name: str


class Objects(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)

    closed: Closed
    open: Open
    counted: Counted
    empty: Empty
    derived: Derived
    first_name: str
    last_name: str = Field(default="", alias="last-name", description="Behind it.")
    class_: str = Field(alias="class")
    password: str = Field(json_schema_extra={"sensitive": True})
    secret: SecretStr
    address: Address
    born: dt.date | MISSING = Field(
        default=MISSING, description="A day.", json_schema_extra={"sensitive": True}
    )
    own: str = Field(alias="x-own", json_schema_extra={"x-b": 1, "x-a": [1.5, None]})


@websocket_rpc("objects.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Objects) -> Objects:
    raise NotImplementedError


@websocket_rpc("objects.empty", registry=registry)
async def empty(conn: ConnectionContext, params: Empty) -> Empty:
    raise NotImplementedError
