from __future__ import annotations

from pydantic import BaseModel, Field

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class Node(BaseModel):
    """A node of a tree."""

    name: str
    children: list[Node] = Field(default_factory=list)
    parent: Node | None = None


class Tree(BaseModel):
    root: Node
    subtrees: dict[str, Tree] = Field(default_factory=dict)


class Author(BaseModel):
    name: str
    books: list[Book]


class Book(BaseModel):
    title: str
    authors: list[Author]
    sequel: Book | None


@websocket_rpc("recursion.node", registry=registry)
async def node(conn: ConnectionContext, params: Node) -> Node:
    raise NotImplementedError


@websocket_rpc("recursion.tree", registry=registry)
async def tree(conn: ConnectionContext, params: Tree) -> Node:
    raise NotImplementedError


@websocket_rpc("recursion.authors", registry=registry)
async def authors(conn: ConnectionContext, params: Author) -> Book:
    raise NotImplementedError
