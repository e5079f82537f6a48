"""The methods of conformance/stack/handlers.ts in Python, as a handler service.

Prints its URL, then a line for each event of a call; each line that it reads is an event, too.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from collections import defaultdict
from typing import Any

import uvicorn
from pydantic import BaseModel, RootModel

from centrifugo_rpc import ConnectionContext, HandlerService, RPCError, asgi_app, websocket_rpc

happened: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


def tell(event: str, key: object) -> None:
    """Prints what has happened in a call."""
    print(event, key, flush=True)


class Anything(RootModel[dict[str, Any]]):
    """Any object."""


class Sum(BaseModel):
    sum: int


class Addends(BaseModel):
    a: int
    b: int


class Nothing(BaseModel):
    pass


class Count(BaseModel):
    count: int


@websocket_rpc("math.add")
async def add(conn: ConnectionContext, params: Addends) -> Sum:
    return Sum(sum=params.a + params.b)


@websocket_rpc("echo")
async def echo(conn: ConnectionContext, params: Anything) -> Anything:
    return params


@websocket_rpc("who_am_i")
async def who_am_i(conn: ConnectionContext, params: Anything) -> Anything:
    return Anything(
        {
            "userId": conn.user_id,
            "transport": conn.transport,
            "meta": dict(conn.meta),
            "method": conn.method,
        }
    )


@websocket_rpc("fail.result")
async def fail_result(conn: ConnectionContext, params: Nothing) -> Count:
    return Count.model_construct(count=1.5)


@websocket_rpc("fail.application")
async def fail_application(conn: ConnectionContext, params: Anything) -> Anything:
    raise RPCError(1001, "quota used up", {"limit": 10})


@websocket_rpc("fail.unexpected")
async def fail_unexpected(conn: ConnectionContext, params: Anything) -> Anything:
    raise RuntimeError("secret: the database password")


@websocket_rpc("trace.received")
async def trace_received(conn: ConnectionContext, params: Anything) -> Anything:
    return Anything({"traceparent": conn.traceparent})


@websocket_rpc("slow.held")
async def slow_held(conn: ConnectionContext, params: Anything) -> Anything:
    """Ends when the suite says so, or when the call is cancelled."""
    key = params.root.get("key")
    tell("started", key)
    try:
        await happened[f"released {key}"].wait()
    except asyncio.CancelledError:
        assert conn.cancelled
        tell("aborted", key)
        raise
    if params.root.get("fail"):
        raise RPCError(1002, "late failure")
    return Anything({"key": key})


async def read_events(server: uvicorn.Server) -> None:
    """Reads events until the suite has ended."""
    lines = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(lines)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    async for line in lines:
        happened[line.decode().strip()].set()
    server.should_exit = True


async def main() -> None:
    service = HandlerService(secret=os.environ["CENTRIFUGO_HANDLER_SERVICE_SECRET"])
    server = uvicorn.Server(uvicorn.Config(asgi_app(service), log_level="critical"))
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    events = asyncio.create_task(read_events(server))
    await server.serve(sockets=[listener])
    await events


asyncio.run(main())
