from typing import Annotated, Literal

from pydantic import BaseModel, Field, RootModel

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: float


class Square(BaseModel):
    kind: Literal["square"]
    side: float


class Shape(RootModel[Annotated[Circle | Square, Field(discriminator="kind")]]):
    """A shape."""


class Cat(BaseModel):
    meows: bool


class Dog(BaseModel):
    barks: bool


class Pet(RootModel[Cat | Dog]):
    pass


class Unions(BaseModel):
    shape: Annotated[Circle | Square, Field(discriminator="kind")]
    named_shape: Shape
    nullable_shape: Circle | Square | None = Field(discriminator="kind")
    shapes: list[Shape]
    pet: Cat | Dog
    nullable_pet: Cat | Dog | None = None
    named_pet: Pet
    text_or_number: str | int
    scalar: str | float | bool | None
    text_or_list: str | list[str]
    nested: int | str | list[int] | None
    bounded: Annotated[int, Field(ge=0)] | Annotated[str, Field(min_length=1)]
    described: str | int = Field(description="A name or a number.")


@websocket_rpc("unions.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Unions) -> Unions:
    raise NotImplementedError


@websocket_rpc("unions.shape", registry=registry)
async def shape(conn: ConnectionContext, params: Shape) -> Pet:
    raise NotImplementedError
