"""Another transport in place of the SDK."""

from __future__ import annotations

from typing import Any

import pytest

from centrifugo_rpc_client import CentrifugoRPCClient, ErrorCode, RPCConnectionError, RPCError
from centrifugo_rpc_client.transport import (
    ConnectionTarget,
    Transport,
    TransportEvents,
    TransportFactory,
)


class ForeignError(Exception):
    """An error of a transport that knows nothing of this package."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ScriptedTransport:
    """Fails every command but hello with one error."""

    def __init__(self, target: ConnectionTarget, events: TransportEvents, error: Exception) -> None:
        self.target = target
        self.events = events
        self.error = error
        self.closed = False

    async def connect(self) -> None:
        await self.events.connected()

    async def rpc(self, method: str, data: Any, timeout: float) -> Any:
        if method == "$rpc.hello":
            return {"$rpc": 1, "versions": [1], "epoch": "e", "max_message_bytes": 65536}
        raise self.error

    async def subscribe(self, channel: str) -> None:
        raise self.error

    async def unsubscribe(self, channel: str) -> None: ...

    async def probe(self) -> None: ...

    async def close(self) -> None:
        self.closed = True


def failing(error: Exception) -> TransportFactory:
    def create(target: ConnectionTarget, events: TransportEvents) -> Transport:
        return ScriptedTransport(target, events, error)

    return create


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ForeignError(1001, "the quota is used up"), 1001),
        (ForeignError(103, "permission denied"), ErrorCode.PERMISSION_DENIED),
        (ForeignError(2, "closed"), ErrorCode.OUTCOME_UNKNOWN),
        (KeyError("broken"), ErrorCode.INTERNAL),
    ],
)
async def test_the_error_of_a_command_ends_the_call(error: Exception, code: int) -> None:
    async with CentrifugoRPCClient("test:", "", "42", transport=failing(error)) as client:
        with pytest.raises(RPCError) as caught:
            await client.call("tasks.list", {})
    assert caught.value.code == code


async def test_a_command_without_an_answer_ends_at_the_deadline() -> None:
    transport = failing(ForeignError(1, "no answer"))
    async with CentrifugoRPCClient("test:", "", "42", transport=transport) as client:
        with pytest.raises(RPCError) as caught:
            await client.call("tasks.list", {}, timeout=0.05)
    assert caught.value.code == ErrorCode.DEADLINE_EXCEEDED


async def test_is_closed_with_the_client_and_receives_its_target() -> None:
    created: list[ScriptedTransport] = []

    def create(target: ConnectionTarget, events: TransportEvents) -> Transport:
        created.append(ScriptedTransport(target, events, KeyError()))
        return created[-1]

    async with CentrifugoRPCClient("test:", "jwt", "42", transport=create):
        assert created[0].target == ConnectionTarget("test:", "jwt", "42")
        assert not created[0].closed
    assert created[0].closed


async def test_reports_why_it_is_closed() -> None:
    class Refused(ScriptedTransport):
        async def connect(self) -> None:
            await self.events.closed(3500, "invalid token")

    def create(target: ConnectionTarget, events: TransportEvents) -> Transport:
        return Refused(target, events, KeyError())

    with pytest.raises(RPCConnectionError, match="invalid token") as refused:
        await CentrifugoRPCClient("test://host", "", "42", transport=create).connect()
    assert refused.value.code == 3500
