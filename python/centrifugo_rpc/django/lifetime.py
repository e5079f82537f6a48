"""Keeps a request alive while its handler runs.

The thread of a handler's synchronous code and the database connection of that thread belong to the
request: Django takes both away when the request ends. A handler may continue after its call has
ended, for example to clean up.
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
    """Waits at its end for the handlers that run inside it with :func:`remembered`."""
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
                cancelled = True  # Ending the call has cancelled the handler already.
    if cancelled:
        raise asyncio.CancelledError


def remembered(next: Next) -> Next:
    """Middleware: registers the task of the handler with the request."""

    async def run(conn: ConnectionContext, params: Any) -> Any:
        task = asyncio.current_task()
        if task is not None:
            _tasks.get().append(task)
        return await next(conn, params)

    return run
