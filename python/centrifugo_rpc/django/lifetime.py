"""Keeps a request for as long as its handler runs.

The thread in which a handler's synchronous code runs, and that thread's database connection, are
the request's: Django takes both away when the request ends. A handler may go on for a while after
its call has ended, when it cleans up or has a thread that does not look whether it is cancelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from ..handlers.context import ConnectionContext
from ..handlers.middleware import Next

_tasks: ContextVar[list[asyncio.Task[Any]]] = ContextVar("handlers of this request")


@asynccontextmanager
async def until_handlers_end() -> AsyncGenerator[None, None]:
    """Ends no sooner than the handlers that run inside of it and have :func:`remembered`."""
    tasks: list[asyncio.Task[Any]] = []
    _tasks.set(tasks)
    cancelled = False
    try:
        yield
    finally:
        while any(not task.done() for task in tasks):
            try:
                await asyncio.wait(tasks)
            except asyncio.CancelledError:
                cancelled = True  # Not the handler: whoever ends the call has done that.
    if cancelled:
        raise asyncio.CancelledError


def remembered(next: Next) -> Next:
    """Middleware: tells the request which task its handler runs in."""

    async def run(conn: ConnectionContext, params: Any) -> Any:
        task = asyncio.current_task()
        if task is not None:
            _tasks.get().append(task)
        return await next(conn, params)

    return run
