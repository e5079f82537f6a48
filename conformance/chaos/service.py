"""The handlers of the chaos suite in Python, as a handler service.

Its arguments: the prefix of its methods, the port, and the journal, the file to which it writes each
execution.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time

import uvicorn
from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, HandlerService, asgi_app, websocket_rpc

prefix, port, journal_file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
journal = os.open(journal_file, os.O_APPEND | os.O_CREAT | os.O_WRONLY)


class Work(BaseModel):
    marker: int
    delay_ms: int


class Done(BaseModel):
    marker: int


def record(event: str, conn: ConnectionContext, params: Work) -> None:
    """Writes a line that survives when this process is killed."""
    entry = {
        "at": time.time() * 1000,
        "event": event,
        "marker": params.marker,
        "method": conn.method,
        "correlationId": conn.correlation_id,
        "pid": os.getpid(),
    }
    os.write(journal, (json.dumps(entry) + "\n").encode())


async def wait(conn: ConnectionContext, params: Work) -> Done:
    record("start", conn, params)
    try:
        await asyncio.sleep(params.delay_ms / 1000)
    except asyncio.CancelledError:
        record("stopped", conn, params)
        raise
    record("end", conn, params)
    return Done(marker=params.marker)


@websocket_rpc(f"{prefix}.once")
async def once(conn: ConnectionContext, params: Work) -> Done:
    return await wait(conn, params)


@websocket_rpc(f"{prefix}.repeatable", idempotent=True)
async def repeatable(conn: ConnectionContext, params: Work) -> Done:
    return await wait(conn, params)


@websocket_rpc(f"{prefix}.busy")
async def busy(conn: ConnectionContext, params: Work) -> Done:
    """Keeps the whole process from doing anything else."""
    record("start", conn, params)
    until = time.monotonic() + params.delay_ms / 1000
    while time.monotonic() < until:
        pass
    record("end", conn, params)
    return Done(marker=params.marker)


service = HandlerService(secret=os.environ["CENTRIFUGO_HANDLER_SERVICE_SECRET"])
uvicorn.run(asgi_app(service), host="127.0.0.1", port=port, log_level="critical")
