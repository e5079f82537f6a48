"""Handlers, found by the name of this module."""

import asyncio
import threading

from asgiref.sync import sync_to_async
from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, websocket_rpc


class Text(BaseModel):
    """A text."""

    text: str


class Who(BaseModel):
    """Who called."""

    user_id: str
    method: str


started = threading.Event()
cleaning = threading.Event()
may_end = threading.Event()
stopped = threading.Event()


@websocket_rpc("sample.echo")
async def echo(conn: ConnectionContext, params: Text) -> Text:
    """Gives the text back."""
    return params


@websocket_rpc("sample.who")
async def who(conn: ConnectionContext) -> Who:
    """Tells who calls."""
    return Who(user_id=conn.user_id, method=conn.method)


@websocket_rpc("sample.wait")
async def wait(conn: ConnectionContext) -> None:
    """Waits until the call is cancelled."""
    try:
        started.set()
        await asyncio.Event().wait()
    finally:
        stopped.set()


@websocket_rpc("sample.wait_in_thread")
async def wait_in_thread(conn: ConnectionContext) -> None:
    """Waits in a thread, which cannot be cancelled, until the call is."""
    await sync_to_async(_wait)(conn)


def _wait(conn: ConnectionContext) -> None:
    started.set()
    pause = threading.Event()
    while not conn.cancelled:
        pause.wait(0.005)
    stopped.set()


@websocket_rpc("sample.clean_up")
async def clean_up(conn: ConnectionContext) -> None:
    """Has something to do in a thread after the call is cancelled."""
    try:
        started.set()
        await asyncio.Event().wait()
    finally:
        cleaning.set()
        await asyncio.to_thread(may_end.wait, 10)
        await sync_to_async(stopped.set)()
