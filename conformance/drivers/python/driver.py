"""The Python client behind the drivers' language (see conformance/README.md)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from centrifugo_rpc_client import (
    CentrifugoRPCClient,
    RPCConnectionError,
    RPCError,
    UnauthorizedError,
)


class Driver:
    """Works on commands, side by side."""

    def __init__(self) -> None:
        self._client: CentrifugoRPCClient | None = None
        self._calls: dict[int, asyncio.Task[Any]] = {}

    async def work(self, command: dict[str, Any]) -> None:
        """Does one command and writes its answer."""
        try:
            answer = await self._answer(command)
        except asyncio.CancelledError:
            answer = {"error": {"kind": "cancelled", "message": "cancelled"}}
        except RPCConnectionError as error:
            answer = {"error": {"kind": "connection", "code": error.code, "message": str(error)}}
        except RPCError as error:
            fields = {"code": error.code, "message": error.message, "details": error.details}
            answer = {"error": {"kind": "rpc", **fields}}
        except Exception as error:  # noqa: BLE001 the suite shows it
            answer = {"error": {"kind": "unexpected", "message": repr(error)}}
        print(json.dumps({"id": command["id"], **answer}), flush=True)

    async def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        match command["op"]:
            case "connect":
                url, token, user_id = command["url"], command["token"], command["user_id"]
                tokens = command.get("tokens")
                get_token = None if tokens is None else token_giver(tokens)
                self._client = CentrifugoRPCClient(url, token, user_id, get_token=get_token)
                await self._client.connect()
            case "call":
                return {"result": await self._call(command)}
            case "cancel":
                self._calls[command["call"]].cancel()
            case "disconnect":
                if self._client is not None:
                    await self._client.disconnect()
            case op:
                raise ValueError(f"unknown op {op}")
        return {"ok": True}

    async def _call(self, command: dict[str, Any]) -> Any:
        if self._client is None:
            raise ValueError("connect first")
        timeout_ms = command.get("timeout_ms")
        timeout = None if timeout_ms is None else timeout_ms / 1000
        call = self._client.call(command["method"], command["params"], timeout=timeout)
        task = asyncio.ensure_future(call)
        self._calls[command["id"]] = task
        try:
            return await task
        finally:
            del self._calls[command["id"]]


def token_giver(tokens: list[str]) -> Callable[[], Awaitable[str]]:
    """A ``get_token`` that gives the tokens and then refuses."""
    rest = iter(tokens)

    async def get_token() -> str:
        for token in rest:
            return token
        raise UnauthorizedError("no more tokens")

    return get_token


async def main() -> None:
    """Reads commands until the input ends."""
    driver = Driver()
    tasks: set[asyncio.Task[None]] = set()
    reader = asyncio.StreamReader(limit=2**24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        task = asyncio.create_task(driver.work(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


asyncio.run(main())
