"""The client: calls that each end exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import Any

# The SDK carries no type information: mypy sees Any here.
from centrifuge import (  # type: ignore[import-untyped]
    CentrifugeError,
    ClientDisconnectedError,
    OperationTimeoutError,
    ReplyError,
)

from .connection import COMMAND_SECONDS, Connection, SubscriptionRefusedError
from .contract_check import ClientContract, ContractWatch, OnMismatch
from .envelope import (
    CANCEL_METHOD,
    PROTOCOL_VERSION,
    Reply,
    Session,
    call_envelope,
    encode_params,
    message_bytes,
    read_reply,
    user_channel,
    uuid7,
)
from .errors import ArgumentError, ErrorCode, RPCConnectionError, RPCError, error_of_centrifugo
from .subscriptions import ChannelCallback, OnError, Subscription, Subscriptions
from .token_source import GetToken, TokenSource

# A reply that has arrived wins over a deadline that passed while the event loop was busy: past
# the deadline a call waits this long for what is still in the socket, and longer when its timer
# fired late, because then there is more in the socket.
_GRACE_SECONDS = 0.02
_LONGEST_GRACE_SECONDS = 1.0


class CentrifugoRPCClient:
    """Calls the handlers of a centrifugo-rpc gateway over one WebSocket to Centrifugo.

    Use it in one event loop. Any number of calls may run at the same time. A lost connection is
    opened again on its own, and calls made meanwhile wait for it within their time.

    Args:
        url: The WebSocket URL of Centrifugo: ``ws://localhost:8000/connection/websocket``.
        token: The user's JWT, whose ``sub`` is ``user_id``. May be empty with ``get_token``.
        user_id: 1 to 200 printable ASCII characters without space, ``#``, ``,`` and ``:``.
        timeout: How long a call may take, in seconds, when it does not say so itself.
        get_token: Returns a token of the same user within 10 seconds. Awaited when ``token`` is
            empty, and when the token has expired or is about to; calls in flight are not
            disturbed. :class:`UnauthorizedError` from it ends the connection; after any other
            error the client tries again. Without it the connection ends when the token expires.
        trace_context: Returns the headers ``traceparent`` and ``tracestate`` of the trace that a
            call belongs to, as a tracing library injects them. The server's spans join that trace.

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
    ) -> None:
        self._user_channel = user_channel(user_id)
        self._url = url
        self._token = token
        self._user_id = user_id
        self._timeout = _checked_timeout(timeout)
        self._get_token = get_token
        self._connection: Connection | None = None
        self._connecting = asyncio.Lock()
        self._calls: dict[str, asyncio.Future[Reply]] = {}
        self._background: set[asyncio.Task[None]] = set()
        self._trace_context = trace_context
        self._subscriptions = Subscriptions(self, self._start)
        self._contracts: list[ContractWatch] = []

    async def connect(self) -> None:
        """Connects and returns once calls can be made, within about 10 seconds.

        Waiting for ``get_token`` comes on top of them.

        Does nothing while connected or reconnecting. After a failure nothing is left running,
        and ``connect()`` may be called again.

        Raises:
            RPCConnectionError: The server cannot be reached, refused the token or the user's
                channel, or has no gateway of this protocol version behind it; the message says
                which.
        """
        async with self._connecting:
            if self._connection is not None and not self._connection.ended:
                return
            if not self._token and self._get_token is None:
                raise RPCConnectionError("the token is empty: give the user's JWT, or get_token")
            self._connection = Connection(
                self._url,
                self._token,
                self._user_id,
                tokens=TokenSource(self._get_token),
                on_publication=self._on_publication,
                on_session=self._on_session,
                on_unsubscribed=self._on_unsubscribed,
                on_lost=self._settle_all,
            )
            await self._connection.open()

    async def disconnect(self) -> None:
        """Closes the connection; calls that have not ended raise :class:`RPCError` 499."""
        connection, self._connection = self._connection, None
        self._subscriptions.end()
        if connection is not None:
            await connection.close()

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
        self, method: str, params: dict[str, Any], *, timeout: float | None = None
    ) -> Any:
        """Calls a handler and returns its result, as decoded JSON.

        Cancelling the task that awaits the call also tells the handler to stop.

        Args:
            method: The name under which the handler is registered: ``"tasks.get_stats"``.
            params: The handler's params, as what JSON can carry.
            timeout: How long the call may take, in seconds, from now to its result; the
                client's ``timeout`` when it is not given.

        Raises:
            RPCError: The handler's error, or one of

                - 400: ``params`` cannot be sent as JSON.
                - 401: The connection has ended because of the token: wrong, expired or revoked. It
                  was not sent.
                - 408: The time was up before the result arrived.
                - 409: The connection was lost after the call was sent: it may have run.
                - 413: The call is larger than the server takes. It was not sent.
                - 499: ``disconnect()`` was called.
                - 503: No connection within the call's time. It was not sent.
            ValueError: ``timeout`` is not a positive number.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self._timeout if timeout is None else _checked_timeout(timeout))
        params_json = encode_params(params)
        trace = None if self._trace_context is None else self._trace_context()
        connection = self._connection
        if connection is None:
            raise RPCError(ErrorCode.UNAVAILABLE, "not connected: await connect() first")
        session = await connection.session(deadline)

        correlation_id = uuid7()
        envelope = call_envelope(
            correlation_id=correlation_id,
            params=params,
            timeout_ms=max(1, int((deadline - loop.time()) * 1000)),
            attempt=1,
            epoch=session.epoch,
            trace=trace,
        )
        size = message_bytes(method, envelope, params_json)
        if size > session.max_message_bytes:
            raise RPCError(
                ErrorCode.PAYLOAD_TOO_LARGE,
                f"the call takes {size} bytes, the server takes {session.max_message_bytes}",
            )

        reply = await self._exchange(connection, method, envelope, deadline)
        if reply is None:
            raise RPCError(ErrorCode.DEADLINE_EXCEEDED, f"{method} did not answer in time")
        if reply.error is not None:
            raise reply.error
        return reply.result

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
        await self._ready()
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
        session = None if self._connection is None else self._connection.current_session
        if session is not None:
            self._start(watch.compare(session, self.protocol_call))

    async def subscribe_channel(self, channel: str) -> None:
        """For this package: subscribes the connection to a channel."""
        if channel == self._user_channel:
            return  # The connection is subscribed.
        connection = await self._ready()
        try:
            await asyncio.wait_for(connection.subscribe(channel), self._timeout)
        except asyncio.TimeoutError:
            text = f"cannot subscribe to {channel}: no answer within {self._timeout:g} s"
            raise RPCError(ErrorCode.DEADLINE_EXCEEDED, text) from None
        except SubscriptionRefusedError as refused:
            raise _subscription_error(channel, refused.code, refused.reason) from None

    async def unsubscribe_channel(self, channel: str) -> None:
        """For this package: ends the connection's subscription to a channel."""
        if self._connection is not None and channel != self._user_channel:
            await self._connection.unsubscribe(channel)

    async def protocol_call(self, method: str, data: Any) -> Any:
        """For this package: makes a call of the protocol itself."""
        connection = await self._ready()
        try:
            return await connection.rpc(method, data, COMMAND_SECONDS)
        except ReplyError as error:
            raise error_of_centrifugo(error.code, error.message) from error
        except CentrifugeError as error:
            raise RPCConnectionError(str(error)) from error

    async def _ready(self) -> Connection:
        if self._connection is None:
            raise RPCError(ErrorCode.UNAVAILABLE, "not connected: await connect() first")
        await self._connection.session(asyncio.get_running_loop().time() + self._timeout)
        return self._connection

    def _on_publication(self, channel: str, data: Any, tags: Mapping[str, str]) -> None:
        reply = read_reply(data) if channel == self._user_channel else None
        if reply is not None:
            self._settle(reply)
        else:
            self._subscriptions.receive(channel, data, tags)

    def _on_session(self, session: Session) -> None:
        for watch in self._contracts:
            self._start(watch.compare(session, self.protocol_call))

    def _on_unsubscribed(self, channel: str, code: int, reason: str) -> None:
        self._subscriptions.end(_subscription_error(channel, code, reason), [channel])

    async def _exchange(
        self, connection: Connection, method: str, envelope: dict[str, Any], deadline: float
    ) -> Reply | None:
        """Sends a call and waits for its end; gives ``None`` when the time is up."""
        correlation_id: str = envelope["correlation_id"]
        end = asyncio.get_running_loop().create_future()
        self._calls[correlation_id] = end
        # A task of its own: the reply may be published while the command's reply is awaited.
        sending = asyncio.create_task(self._send(connection, method, envelope, deadline))
        try:
            return await _wait_until(deadline, end)
        except asyncio.CancelledError:
            self._start(self._cancel(connection, correlation_id))
            raise
        finally:
            sending.cancel()
            del self._calls[correlation_id]

    async def _send(
        self, connection: Connection, method: str, envelope: dict[str, Any], deadline: float
    ) -> None:
        """Sends the command of a call and settles the call unless its end comes later."""
        correlation_id: str = envelope["correlation_id"]
        # The SDK must not give up on a reply for which the call still waits.
        seconds = deadline - asyncio.get_running_loop().time() + _LONGEST_GRACE_SECONDS
        try:
            reply = read_reply(await connection.rpc(method, envelope, seconds))
        except OperationTimeoutError:
            return  # The call's own deadline ends it.
        except ClientDisconnectedError as error:
            self._fail(
                correlation_id, ErrorCode.OUTCOME_UNKNOWN, f"the connection was lost: {error}"
            )
        except ReplyError as error:
            self._settle(
                Reply(correlation_id, error=error_of_centrifugo(error.code, error.message))
            )
        except Exception as error:  # Without this the call would wait until its deadline.
            self._fail(correlation_id, ErrorCode.INTERNAL, f"the SDK failed: {error!r}")
        else:
            if reply is None or reply.correlation_id != correlation_id:
                self._fail(correlation_id, ErrorCode.INTERNAL, "the answer is no reply to the call")
            elif not reply.pending:
                self._settle(reply)

    def _settle(self, reply: Reply) -> None:
        """Ends the call of a reply. Replies to calls of other connections are not ours."""
        end = self._calls.get(reply.correlation_id)
        if end is not None and not end.done() and not reply.pending:
            end.set_result(reply)

    def _fail(self, correlation_id: str, code: int, message: str) -> None:
        self._settle(Reply(correlation_id, error=RPCError(code, message)))

    def _settle_all(self, code: ErrorCode, message: str) -> None:
        for correlation_id in self._calls:
            self._fail(correlation_id, code, message)
        if self._connection is not None and self._connection.ended:
            self._subscriptions.end(RPCError(ErrorCode.UNAVAILABLE, message))

    async def _cancel(self, connection: Connection, correlation_id: str) -> None:
        data = {"$rpc": PROTOCOL_VERSION, "correlation_id": correlation_id}
        # The caller is gone: when this fails, the call's deadline stops the handler.
        with contextlib.suppress(CentrifugeError):
            await connection.rpc(CANCEL_METHOD, data, COMMAND_SECONDS)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        """Runs a coroutine in the background; the event loop itself keeps no reference to it."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


_UNKNOWN_CHANNEL = 102
# From here on are the codes with which Centrifugo ends subscriptions.
_UNSUBSCRIBED = 2000


def _subscription_error(channel: str, code: int, reason: str) -> RPCError:
    refused = code == _UNKNOWN_CHANNEL or code >= _UNSUBSCRIBED
    known = ErrorCode.PERMISSION_DENIED if refused else error_of_centrifugo(code, reason).code
    return RPCError(known, f"cannot subscribe to {channel}: {reason}")


async def _wait_until(deadline: float, end: asyncio.Future[Reply]) -> Reply | None:
    loop = asyncio.get_running_loop()
    await asyncio.wait({end}, timeout=max(0.0, deadline - loop.time()))
    if not end.done():
        late = max(0.0, loop.time() - deadline)
        await asyncio.wait({end}, timeout=min(_GRACE_SECONDS + late, _LONGEST_GRACE_SECONDS))
    return end.result() if end.done() else None


def _checked_timeout(timeout: float) -> float:
    if not math.isfinite(timeout) or timeout <= 0:
        raise ArgumentError(f"timeout {timeout!r}: use a positive number of seconds")
    return timeout
