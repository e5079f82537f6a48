"""The client: calls that each end exactly once."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any, TypedDict

from .calls import Calls, OutgoingCall
from .centrifuge_transport import CentrifugeTransport
from .contract_check import ClientContract, ContractWatch, OnMismatch
from .envelope import Hello, encode_params, user_channel
from .errors import ArgumentError, ErrorCode, RPCError, guarded
from .session import Session
from .subscriptions import (
    ChannelCallback,
    OnError,
    Subscription,
    Subscriptions,
    subscription_error,
)
from .token_source import GetToken
from .transport import ConnectionTarget, TransportFactory

_LONGEST_KEY = 128


class CallOptions(TypedDict, total=False):
    """The options of a call, described at :meth:`CentrifugoRPCClient.call`."""

    timeout: float | None
    retry: bool
    idempotency_key: str | None


class CentrifugoRPCClient:
    """Calls the handlers of a centrifugo-rpc gateway over one WebSocket to Centrifugo.

    Use it in one event loop. Any number of calls may run at the same time. A lost connection is
    opened again automatically, and calls made meanwhile wait for it within their time.

    Args:
        url: The WebSocket URL of Centrifugo: ``ws://localhost:8000/connection/websocket``.
        token: The user's JWT, whose ``sub`` is ``user_id``. May be empty with ``get_token``.
        user_id: 1 to 200 printable ASCII characters without space, ``#``, ``,`` and ``:``.
        timeout: How long a call may take, in seconds. A call can set its own.
        get_token: Returns a token of the same user within 10 seconds. Awaited when ``token`` is
            empty, and when the token has expired or is about to; calls in flight are not
            disturbed. :class:`UnauthorizedError` from it ends the connection; after any other
            error the client tries again. Without it the connection ends when the token expires.
        trace_context: Returns the headers ``traceparent`` and ``tracestate`` of the trace that a
            call belongs to, as a tracing library injects them. The server's spans join that trace.
        transport: Creates the connection, in tests: see ``create_test_client`` of
            ``centrifugo_rpc.testing``. Default: a WebSocket.

    Raises:
        ValueError: ``user_id`` or ``timeout`` is invalid (``code`` is ``CRPC_ARGUMENT_INVALID``).
    """

    def __init__(
        self,
        url: str,
        token: str,
        user_id: str,
        *,
        timeout: float = 30.0,
        get_token: GetToken | None = None,
        trace_context: Callable[[], Mapping[str, str]] | None = None,
        transport: TransportFactory = CentrifugeTransport,
    ) -> None:
        self._user_channel = user_channel(user_id)
        self._target = ConnectionTarget(url, token, user_id, get_token)
        self._timeout = _checked_timeout(timeout)
        self._trace_context = trace_context
        self._create_transport = transport
        self._session: Session | None = None
        self._connecting = asyncio.Lock()
        self._background: set[asyncio.Task[None]] = set()
        self._calls = Calls(self._start)
        self._subscriptions = Subscriptions(
            self._user_channel, self._timeout, self._current_session, self._start
        )
        self._contracts: list[ContractWatch] = []

    async def connect(self) -> None:
        """Connects and returns once calls can be made, within about 10 seconds.

        Waiting for ``get_token`` comes on top of them.

        Does nothing while connected or reconnecting. After a failure nothing is left running,
        and ``connect()`` may be called again.

        Raises:
            RPCConnectionError: The server cannot be reached, refused the token or the user's
                channel, or has no gateway of this protocol version; the message states the reason.
        """
        async with self._connecting:
            if self._session is not None and not self._session.ended:
                return
            self._session = Session(
                self._create_transport,
                self._target,
                on_ready=self._on_ready,
                on_publication=self._on_publication,
                on_unsubscribed=self._on_unsubscribed,
                on_lost=self._on_lost,
            )
            await self._session.open()

    async def disconnect(self) -> None:
        """Closes the connection; calls that have not ended raise :class:`RPCError` 499."""
        session, self._session = self._session, None
        self._subscriptions.end_all(RPCError(ErrorCode.CANCELLED, "disconnect() was called"))
        if session is not None:
            await session.close()

    async def __aenter__(self) -> CentrifugoRPCClient:
        await self.connect()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.disconnect()

    async def call(
        self,
        method: str,
        params: dict[str, Any],
        *,
        timeout: float | None = None,
        retry: bool = True,
        idempotency_key: str | None = None,
    ) -> Any:
        """Calls a handler and returns its result, as decoded JSON.

        Cancelling the task that awaits the call also tells the handler to stop. If the connection
        is lost, the call is sent again, and the gateway does not run it a second time.

        Args:
            method: The name under which the handler is registered: ``"tasks.get_stats"``.
            params: The handler's params, as what JSON can carry.
            timeout: How long the call may take, in seconds, from now to its result; the
                client's ``timeout`` when it is not given.
            retry: Whether the call is sent again, until its time is up, when the server refuses to
                run it now: after the errors 429 and 503.
            idempotency_key: Stands for what the call does, with 1 to 128 characters: calls of the
                user with the same key run once and have the same result, for 24 hours, also in
                another process.

        Raises:
            RPCError: The handler's error, or one of

                - 400: ``params`` cannot be sent as JSON.
                - 401: The connection has ended because of the token: wrong, expired or revoked. It
                  was not sent.
                - 408: The time was up before the result arrived.
                - 409: The call was sent, and it is not known whether it ran: its gateway is gone,
                  or the connection is lost for good.
                - 413: The call is larger than the server takes. It was not sent.
                - 499: ``disconnect()`` was called.
                - 503: No connection within the call's time. It was not sent.
            ValueError: ``timeout`` is not a positive number, or ``idempotency_key`` is empty or too
                long (``code`` is ``CRPC_ARGUMENT_INVALID``).
        """
        _check_key(idempotency_key)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._timeout if timeout is None else _checked_timeout(timeout))
        params_json = encode_params(params)
        trace = guarded("trace_context", self._trace) or {}
        session = self._current_session()
        call = OutgoingCall(
            session, method, params, params_json, deadline, trace, retry, idempotency_key
        )
        return await self._calls.call(call)

    async def subscribe(
        self, channel: str, callback: ChannelCallback, *, on_error: OnError | None = None
    ) -> Subscription:
        """Calls a callback with what is published on a channel, and returns once the server agrees.

        One message comes after the other, and the callback may be async. It goes on after a
        reconnect, with what was missed if the channel keeps a history, and ends with
        ``disconnect()`` and with the connection. A message whose publisher waits for it is
        acknowledged when the callback has returned.

        Args:
            channel: The channel's name.
            callback: Receives the data and a :class:`ChannelMessage`.
            on_error: Receives what the callback raises (that message is not acknowledged), and
                the :class:`RPCError` of a subscription that the server has ended. Without it
                they are logged.

        Raises:
            RPCError: 403 for a channel that the user may not have, 503 without a connection, 408
                without an answer within the client's ``timeout``.
        """
        return await self._subscriptions.add(channel, callback, on_error)

    def watch_contract(
        self, contract: ClientContract, on_mismatch: OnMismatch | None = None
    ) -> None:
        """Compares the contract of a generated client with the server's after each connect.

        Generated clients call it.

        Args:
            contract: The client's contract.
            on_mismatch: Called once for each other contract of the server; without it a mismatch
                is logged as a warning.
        """
        watch = ContractWatch(contract, on_mismatch)
        self._contracts.append(watch)
        session = self._session
        if session is not None and session.hello is not None:
            self._start(watch.compare(session.hello, session.command))

    def _trace(self) -> dict[str, str]:
        if self._trace_context is None:
            return {}
        headers = self._trace_context()
        return {key: headers[key] for key in ("traceparent", "tracestate") if headers.get(key)}

    def _current_session(self) -> Session:
        if self._session is None:
            raise RPCError(ErrorCode.UNAVAILABLE, "not connected: await connect() first")
        return self._session

    def _on_ready(self, session: Session, hello: Hello) -> None:
        for watch in self._contracts:
            self._start(watch.compare(hello, session.command))

    def _on_publication(self, channel: str, data: Any, tags: Mapping[str, str]) -> None:
        is_reply = channel == self._user_channel and self._calls.receive(data)
        if not is_reply:
            self._subscriptions.receive(channel, data, tags)

    def _on_lost(self, code: ErrorCode, message: str) -> None:
        self._calls.end(code, message)
        if self._session is not None and (end := self._session.end) is not None:
            self._subscriptions.end_all(end)

    def _on_unsubscribed(self, channel: str, code: int, reason: str) -> None:
        self._subscriptions.end(subscription_error(channel, code, reason), channel)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a coroutine in the background; the event loop itself keeps no reference to it."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _checked_timeout(timeout: float) -> float:
    if not math.isfinite(timeout) or timeout <= 0:
        raise ArgumentError(f"timeout {timeout!r}: use a positive number of seconds")
    return timeout


def _check_key(key: str | None) -> None:
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise ArgumentError(f"idempotency_key has {len(key)} characters: use 1 to {_LONGEST_KEY}")
