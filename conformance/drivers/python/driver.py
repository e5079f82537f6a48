"""The Python client behind the drivers' language (see conformance/README.md)."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from centrifugo_rpc_client import (
    CentrifugoRPCClient,
    ChannelMessage,
    ClientContract,
    ContractMismatch,
    RPCConnectionError,
    RPCError,
    Subscription,
    UnauthorizedError,
)


class Driver:
    """Works on commands, side by side."""

    def __init__(self) -> None:
        self._clients: dict[int, CentrifugoRPCClient] = {}
        self._calls: dict[int, asyncio.Task[Any]] = {}
        self._subscriptions: dict[int, Subscription] = {}

    async def work(self, command: dict[str, Any]) -> None:
        """Does one command and writes its answer."""
        try:
            answer = await self._answer(command)
        except asyncio.CancelledError:
            answer = {"error": {"kind": "cancelled", "message": "cancelled"}}
        except Exception as error:  # noqa: BLE001 the suite shows it
            answer = {"error": describe(error)}
        write({"id": command["id"], **answer})

    async def _answer(self, command: dict[str, Any]) -> dict[str, Any]:
        match command["op"]:
            case "connect":
                url, token, user_id = (
                    command["url"],
                    command["token"],
                    command["user_id"],
                )
                tokens = command.get("tokens")
                get_token = None if tokens is None else token_giver(tokens)
                client = CentrifugoRPCClient(url, token, user_id, get_token=get_token)
                self._clients[command.get("client", 0)] = client
                if "contract" in command:
                    self._watch(client, command["id"], command["contract"])
                await client.connect()
            case "subscribe":
                await self._subscribe(command)
            case "unsubscribe":
                await self._subscriptions[command["subscription"]].unsubscribe()
            case "call":
                return {"result": await self._call(command)}
            case "cancel":
                self._calls[command["call"]].cancel()
            case "disconnect":
                if client := self._clients.get(command.get("client", 0)):
                    await client.disconnect()
            case op:
                raise ValueError(f"unknown op {op}")
        return {"ok": True}

    def _watch(
        self, client: CentrifugoRPCClient, command_id: int, contract: dict[str, Any]
    ) -> None:
        def tell(mismatch: ContractMismatch) -> None:
            event = {
                "server_hash": mismatch.server_hash,
                "methods": dict(mismatch.methods),
            }
            write({"id": command_id, "event": {"mismatch": event}})

        known = ClientContract(contract["hash"], lambda: contract["methods"])
        client.watch_contract(known, tell)

    async def _subscribe(self, command: dict[str, Any]) -> None:
        failures = [RuntimeError("the test asks for a failure")] * command.get("failures", 0)

        def tell(event: dict[str, Any]) -> None:
            write({"id": command["id"], "event": event})

        async def callback(data: Any, message: ChannelMessage) -> None:
            if failures:
                raise failures.pop()
            tell({"data": data, "message_id": message.message_id})

        def on_error(error: Exception) -> None:
            tell({"error": describe(error)})
            if command.get("failing_errors"):
                raise RuntimeError("the test asks for a failure")

        client = self._clients[command.get("client", 0)]
        subscription = await client.subscribe(command["channel"], callback, on_error=on_error)
        self._subscriptions[command["id"]] = subscription

    async def _call(self, command: dict[str, Any]) -> Any:
        client = self._clients[command.get("client", 0)]
        timeout_ms = command.get("timeout_ms")
        timeout = None if timeout_ms is None else timeout_ms / 1000
        key = command.get("idempotency_key")
        call = client.call(
            command["method"], command["params"], timeout=timeout, idempotency_key=key
        )
        task = asyncio.ensure_future(call)
        self._calls[command["id"]] = task
        try:
            return await task
        finally:
            del self._calls[command["id"]]


def write(answer: dict[str, Any]) -> None:
    """Writes a line of the drivers' language."""
    print(json.dumps(answer), flush=True)


def describe(error: Exception) -> dict[str, Any]:
    """An error in the drivers' language."""
    if isinstance(error, RPCConnectionError):
        return {"kind": "connection", "code": error.code, "message": str(error)}
    if isinstance(error, RPCError):
        fields = {
            "code": error.code,
            "message": error.message,
            "details": error.details,
        }
        return {"kind": "rpc", **fields}
    return {"kind": "unexpected", "message": repr(error)}


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
