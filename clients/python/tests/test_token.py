"""The token: asked for, refreshed, refused, and the end that comes without one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from centrifugo_rpc_client import (
    CentrifugoRPCClient,
    ErrorCode,
    RPCConnectionError,
    UnauthorizedError,
    token_source,
)

from .fake_centrifugo import USER_ID, FakeCentrifugo, ServerError
from .test_call import error_of, start


class Tokens:
    """A ``get_token`` that gives "t1", "t2" and so on, or raises what it is told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.error = error

    async def __call__(self) -> str:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return f"t{self.asked}"


def client_of(
    server: FakeCentrifugo, token: str, get_token: Callable[[], Awaitable[str]] | None
) -> CentrifugoRPCClient:
    return CentrifugoRPCClient(server.url, token, USER_ID, timeout=5, get_token=get_token)


def expiring(server: FakeCentrifugo) -> dict[str, Any]:
    """An answer to connect, after which the token expires when the call is sent."""
    assert isinstance(server.on_connect, dict)
    return {**server.on_connect, "expires": True, "ttl": 0.4}


async def failure_of(client: CentrifugoRPCClient) -> RPCConnectionError:
    with pytest.raises(RPCConnectionError) as caught:
        await asyncio.wait_for(client.connect(), 5)
    return caught.value


async def test_is_asked_for_when_there_is_none(server: FakeCentrifugo) -> None:
    async with client_of(server, "", Tokens()):
        assert server.tokens == ["t1"]


async def test_is_not_asked_for_while_there_is_one(server: FakeCentrifugo) -> None:
    tokens = Tokens()
    async with client_of(server, "t0", tokens):
        assert (server.tokens, tokens.asked) == (["t0"], 0)


async def test_is_asked_for_when_it_has_expired_before_connecting(server: FakeCentrifugo) -> None:
    connected, server.on_connect = server.on_connect, ServerError(109, "token expired")

    async def get_token() -> str:
        server.on_connect = connected
        return "t1"

    async with client_of(server, "old", get_token) as client:
        assert server.tokens == ["old", "t1"]
        calling = start(client)
        await (await server.next_call()).reply(result=1)
        assert await calling == 1


async def test_is_asked_for_when_it_has_expired_before_reconnecting(server: FakeCentrifugo) -> None:
    connected = server.on_connect

    async def get_token() -> str:
        server.on_connect = connected
        return "t1"

    async with client_of(server, "old", get_token) as client:
        server.on_connect = ServerError(109, "token expired")
        lost = start(client)
        await server.next_call()
        server.drop()
        assert (await error_of(lost)).code == ErrorCode.OUTCOME_UNKNOWN
        calling = start(client)
        await (await server.next_call()).reply(result=1)
        assert await calling == 1
        assert server.tokens == ["old", "old", "t1"]


async def test_is_refreshed_and_a_call_in_flight_survives_it(server: FakeCentrifugo) -> None:
    server.on_connect = expiring(server)
    async with client_of(server, "t0", Tokens()) as client:
        calling = start(client)
        call = await server.next_call()
        await asyncio.wait_for(server.refreshed.wait(), 5)
        await call.reply(result=1)
        assert await calling == 1
        assert (server.tokens, server.connects) == (["t0", "t1"], 1)


async def test_an_end_without_get_token_is_final(server: FakeCentrifugo) -> None:
    server.on_connect = expiring(server)
    async with client_of(server, "t0", None) as client:
        assert (await error_of(start(client))).code == ErrorCode.OUTCOME_UNKNOWN
        error = await error_of(start(client))
        assert error.code == ErrorCode.UNAUTHENTICATED
        assert "the token has expired, and there is no get_token" in error.message
        assert server.connects == 1


async def test_a_refusal_ends_the_connection(server: FakeCentrifugo) -> None:
    server.on_connect = expiring(server)
    tokens = Tokens(UnauthorizedError("logged out"))
    async with client_of(server, "t0", tokens) as client:
        assert (await error_of(start(client))).code == ErrorCode.OUTCOME_UNKNOWN
        later = await error_of(start(client))
        assert later.code == ErrorCode.UNAUTHENTICATED
        assert "get_token refused: logged out" in later.message
        assert (tokens.asked, server.connects) == (1, 1)


async def test_a_failure_leaves_the_connection_alone(server: FakeCentrifugo) -> None:
    server.on_connect = expiring(server)
    tokens = Tokens(OSError("login is down"))
    asked = asyncio.Event()

    async def get_token() -> str:
        asked.set()
        return await tokens()

    async with client_of(server, "t0", get_token) as client:
        await asyncio.wait_for(asked.wait(), 5)
        calling = start(client)
        await (await server.next_call()).reply(result=1)
        assert await calling == 1
        assert server.connects == 1


async def test_an_empty_token_is_a_refusal(server: FakeCentrifugo) -> None:
    async def get_token() -> str:
        return ""

    failure = await failure_of(client_of(server, "", get_token))
    assert failure.unauthorized
    assert "get_token returned an empty token" in str(failure)
    assert server.connects == 0


async def test_a_refusal_at_first_fails_connect(server: FakeCentrifugo) -> None:
    failure = await failure_of(client_of(server, "", Tokens(UnauthorizedError("who are you?"))))
    assert (failure.unauthorized, failure.code) == (True, 101)
    assert "get_token refused: who are you?" in str(failure)


async def test_a_failure_at_first_fails_connect(server: FakeCentrifugo) -> None:
    failure = await failure_of(client_of(server, "", Tokens(OSError("login is down"))))
    assert not failure.unauthorized
    assert "get_token failed: OSError('login is down')" in str(failure)


async def test_one_that_does_not_come_fails_connect(
    server: FakeCentrifugo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_source, "GET_TOKEN_SECONDS", 0.05)
    never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    failure = await failure_of(client_of(server, "", lambda: never))
    assert "no token after 0.05 s" in str(failure)
    assert never.cancelled()


async def test_disconnect_ends_the_wait_for_one(server: FakeCentrifugo) -> None:
    never: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    asked = asyncio.Event()

    def get_token() -> Awaitable[str]:
        asked.set()
        return never

    client = client_of(server, "", get_token)
    connecting = asyncio.create_task(failure_of(client))
    await asked.wait()
    await client.disconnect()
    assert "disconnect() was called" in str(await connecting)
    assert never.cancelled()


async def test_a_revoked_one_ends_the_connection(server: FakeCentrifugo) -> None:
    async with client_of(server, "t0", Tokens()) as client:
        calling = start(client)
        await server.next_call()
        await server.close(3500, "revoked")
        assert (await error_of(calling)).code == ErrorCode.OUTCOME_UNKNOWN
        error = await error_of(start(client))
        assert error.code == ErrorCode.UNAUTHENTICATED
        assert "revoked (code 3500)" in error.message
