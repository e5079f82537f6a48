"""Connecting: every way to fail says why, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import copy
import pickle
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from centrifugo_rpc_client import (
    CentrifugoRPCClient,
    ErrorCode,
    RPCConnectionError,
    RPCError,
    centrifuge_transport,
    session,
)

from .fake_centrifugo import (
    CHANNEL,
    USER_ID,
    Answer,
    Close,
    FakeCentrifugo,
    ServerError,
    Silence,
    client_tasks,
    hello,
)


def client_of(url: str) -> CentrifugoRPCClient:
    return CentrifugoRPCClient(url, "token", USER_ID)


async def failure_of(client: CentrifugoRPCClient) -> RPCConnectionError:
    """The error of connect(), after which no task may be left."""
    before = asyncio.all_tasks()
    with pytest.raises(RPCConnectionError) as caught:
        await asyncio.wait_for(client.connect(), 5)
    assert client_tasks() == []
    # The SDK's tasks and the server's end when the WebSocket is closed.
    left = asyncio.all_tasks() - before
    if left:
        _, running = await asyncio.wait(left, timeout=5)
        assert not running
    return caught.value


async def test_connect_subscribes_with_recovery_and_says_hello(server: FakeCentrifugo) -> None:
    client = client_of(server.url)
    await client.connect()
    subscribe = server.subscribes.get_nowait()
    assert (subscribe["channel"], subscribe["recoverable"]) == (CHANNEL, True)
    assert server.hellos.get_nowait().data == {"$rpc": 1}
    await client.disconnect()


async def test_connect_again_while_connected_does_nothing(
    server: FakeCentrifugo, client: CentrifugoRPCClient
) -> None:
    await client.connect()
    assert server.connects == 1


async def test_two_connects_at_once_make_one_connection(server: FakeCentrifugo) -> None:
    client = client_of(server.url)
    await asyncio.gather(client.connect(), client.connect())
    assert server.connects == 1
    await client.disconnect()


async def test_an_unreachable_server_fails_at_once() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        error = await failure_of(client_of(f"ws://127.0.0.1:{port}/connection/websocket"))
    assert isinstance(error, ConnectionError)
    assert f"cannot connect to 127.0.0.1:{port}: " in str(error)
    assert "Connect call failed" in str(error)
    assert error.code is None


async def test_a_refused_handshake_fails_with_its_status(server: FakeCentrifugo) -> None:
    server.on_handshake = HTTPStatus.FORBIDDEN
    error = await failure_of(client_of(server.url))
    assert "HTTP 403" in str(error)


async def test_a_url_of_another_scheme_fails_with_the_reason() -> None:
    error = await failure_of(client_of("http://127.0.0.1/connection/websocket"))
    assert "isn't a valid URI" in str(error)


@pytest.mark.parametrize(
    ("answer", "code", "reason"),
    [
        (Close(3500, "invalid token"), 3500, "invalid token"),
        (ServerError(109, "token expired"), 109, "token expired"),
        (ServerError(100, "internal server error", temporary=True), 100, "internal server error"),
        (Close(1001, "going away"), None, "closed before the server answered"),
    ],
)
async def test_a_refused_connect_is_not_tried_again(
    server: FakeCentrifugo, answer: Answer, code: int | None, reason: str
) -> None:
    server.on_connect = answer
    error = await failure_of(client_of(server.url))
    assert error.code == code
    assert reason in str(error)
    assert server.connects == 1


async def test_a_token_of_another_user_is_named_as_the_reason(server: FakeCentrifugo) -> None:
    server.on_subscribe = ServerError(103, "permission denied")
    error = await failure_of(client_of(server.url))
    assert error.code == 103
    assert "permission denied" in str(error)
    assert f"the token and user_id '{USER_ID}' belong to different users" in str(error)


@pytest.mark.parametrize(
    ("answer", "code", "reason"),
    [
        (ServerError(108, "not available"), 108, "$rpc.hello failed: not available"),
        (hello(versions=[2, 3]), None, "versions [2, 3], this client speaks 1"),
        (hello(epoch=None), None, "without epoch"),
        ({"data": {"pong": True}}, None, "is a centrifugo-rpc gateway behind"),
        ({}, None, "is a centrifugo-rpc gateway behind"),
    ],
)
async def test_without_a_gateway_of_our_protocol_connect_fails(
    server: FakeCentrifugo, answer: Answer, code: int | None, reason: str
) -> None:
    server.on_hello = answer
    error = await failure_of(client_of(server.url))
    assert error.code == code
    assert reason in str(error)


@pytest.mark.parametrize("step", ["on_connect", "on_subscribe", "on_hello"])
async def test_a_server_that_does_not_answer_fails_in_bounded_time(
    server: FakeCentrifugo, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    for module in (centrifuge_transport, session):
        monkeypatch.setattr(module, "COMMAND_SECONDS", 0.1)
    setattr(server, step, Silence())
    await failure_of(client_of(server.url))


async def test_connecting_as_a_whole_is_bounded(
    server: FakeCentrifugo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "CONNECT_SECONDS", 0.1)
    server.on_subscribe = Silence()
    assert "not ready after 0.1 s" in str(await failure_of(client_of(server.url)))


async def test_a_connection_lost_before_hello_fails(server: FakeCentrifugo) -> None:
    server.on_hello = Silence()
    failing = asyncio.create_task(failure_of(client_of(server.url)))
    await server.hellos.get()
    server.drop()
    assert "transport closed" in str(await failing)
    assert server.connects == 1


async def test_an_empty_token_is_named_as_the_reason(server: FakeCentrifugo) -> None:
    client = CentrifugoRPCClient(server.url, "", USER_ID)
    assert "the token is empty" in str(await failure_of(client))


async def test_connect_works_after_a_failure(server: FakeCentrifugo) -> None:
    client = client_of(server.url)
    server.on_connect = Close(3500, "invalid token")
    await failure_of(client)
    server.on_connect = FakeCentrifugo().on_connect
    await client.connect()
    await client.disconnect()


async def test_a_cancelled_connect_leaves_nothing_running(server: FakeCentrifugo) -> None:
    server.on_hello = Silence()
    client = client_of(server.url)
    connecting = asyncio.create_task(client.connect())
    await server.hellos.get()
    connecting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await connecting
    (websocket,) = server.connections
    await asyncio.wait_for(websocket.wait_closed(), 2)
    assert client_tasks() == []
    assert server.connects == 1


async def test_disconnect_ends_a_connect_under_way(server: FakeCentrifugo) -> None:
    server.on_hello = Silence()
    client = client_of(server.url)
    connecting = asyncio.create_task(failure_of(client))
    await server.hellos.get()
    await client.disconnect()
    assert "disconnect() was called" in str(await connecting)


async def test_the_context_manager_disconnects(server: FakeCentrifugo) -> None:
    async with client_of(server.url) as client:
        (websocket,) = server.connections
    await asyncio.wait_for(websocket.wait_closed(), 5)
    with pytest.raises(RPCError) as caught:
        await client.call("tasks.get_stats", {})
    assert caught.value.code == ErrorCode.UNAVAILABLE


async def test_a_client_can_disconnect_at_any_time_and_twice(server: FakeCentrifugo) -> None:
    client = client_of(server.url)
    await client.disconnect()
    await client.connect()
    await client.disconnect()
    await client.disconnect()


@pytest.mark.parametrize("user_id", ["", "a b", "1#2", "1,2", "a:b", "ä"])
def test_a_user_id_without_a_channel_of_its_own_is_refused(user_id: str) -> None:
    with pytest.raises(ValueError, match="user_id"):
        CentrifugoRPCClient("ws://127.0.0.1/", "token", user_id)


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused(timeout: float) -> None:
    with pytest.raises(ValueError, match="positive number of seconds"):
        CentrifugoRPCClient("ws://127.0.0.1/", "token", USER_ID, timeout=timeout)


def pickled(error: Exception) -> Any:
    return pickle.loads(pickle.dumps(error))


@pytest.mark.parametrize("again", [copy.copy, pickled])
def test_errors_survive_copying(again: Callable[[Exception], Any]) -> None:
    error = again(RPCError(429, "wait", {"seconds": 1}))
    assert (error.code, error.message, error.details) == (429, "wait", {"seconds": 1})
    assert error.retryable
    assert str(error) == "wait (code 429)"
    failure = again(RPCConnectionError("no", 3500))
    assert (str(failure), failure.code) == ("no", 3500)
