"""The calls that have not ended. Each ends exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, cast

from .back_off import back_off
from .envelope import (
    CALLS_METHOD,
    CANCEL_METHOD,
    PROTOCOL_VERSION,
    Hello,
    Reply,
    call_envelope,
    message_bytes,
    read_calls,
    read_reply,
    uuid7,
)
from .errors import ErrorCode, RPCError, error_of_centrifugo
from .transport import (
    COMMAND_SECONDS,
    CONNECTION_LOST,
    FIRST_SERVER_CODE,
    NO_ANSWER,
    PROBE_SECONDS,
    Transport,
    TransportError,
)

_logger = logging.getLogger("centrifugo_rpc")

# A reply that has arrived wins over a deadline that passed while the event loop was busy: past
# the deadline a call waits this long for what is still in the socket, and longer when its timer
# fired late, because then there is more in the socket.
_GRACE_SECONDS = 0.02
_LONGEST_GRACE_SECONDS = 1.0

# How often the gateway is asked about pending calls, on average, and about how many at once.
_WATCH_SECONDS = 2.0
_MAX_WATCHED = 100

# The time over which waiting calls are sent again: per call, and at most.
_SPREAD_SECONDS = 0.002
_LONGEST_SPREAD_SECONDS = 2.0

# Centrifugo's code if the gateway did not answer in time.
_INTERNAL_SERVER_ERROR = 100

_NOT_SENT = "the call's time was up before it was sent: it was not run"
_SENT = "the call was sent, and its time was up before its result arrived"


class Connected(Protocol):
    """The part of a session that calls need."""

    @property
    def transport(self) -> Transport:
        """The transport that calls are sent over."""
        ...

    async def ready(self, deadline: float) -> Hello:
        """Waits until calls can be sent."""
        ...


@dataclass(frozen=True)
class OutgoingCall:
    """One call to make. Its deadline is on the event loop's clock."""

    session: Connected
    method: str
    params: Any
    params_json: str
    deadline: float
    trace: Mapping[str, str]
    retry: bool
    """Whether the call is sent again if the server refuses to run it."""
    idempotency_key: str | None


@dataclass
class _PendingCall:
    """A call that has not ended."""

    call: OutgoingCall
    end: asyncio.Future[Reply]
    correlation_id: str = field(default_factory=uuid7)
    # Not on its way; sent, without a reply to the command; or answered with pending.
    state: Literal["waiting", "sent", "pending"] = "waiting"
    # How often the call was sent and not refused: if it was, the server may have run it.
    attempts: int = 0
    refusals: int = 0
    # The gateway's epoch before the first attempt.
    epoch: str | None = None
    # Whether the call may be sent again: the gateway keeps calls.
    kept: bool = False
    # How the call ends if it cannot be sent again.
    lost: RPCError | None = None
    refusal: RPCError | None = None
    sending: asyncio.Task[None] | None = None


class Calls:
    """The calls that have not ended, by correlation ID.

    Args:
        start: Runs a coroutine in the background.
    """

    def __init__(self, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._start = start
        self._pending: dict[str, _PendingCall] = {}
        self._watching: asyncio.Task[None] | None = None

    async def call(self, call: OutgoingCall) -> Any:
        """Sends a call, again after each loss of the connection, and returns its result.

        Raises:
            RPCError: How the call ended.
        """
        pending = _PendingCall(call, asyncio.get_running_loop().create_future())
        self._pending[pending.correlation_id] = pending
        # In a separate task: the reply may be published while the command's reply is awaited.
        self._send(pending)
        try:
            reply = await self._wait(pending)
        except asyncio.CancelledError:
            if pending.attempts > 0:
                self._start(self._cancel(pending))
            raise
        finally:
            if pending.sending is not None:
                pending.sending.cancel()
            del self._pending[pending.correlation_id]
            if not self._pending and self._watching is not None:
                self._watching.cancel()
                self._watching = None
        if reply.error is not None:
            raise reply.error
        return reply.result

    def receive(self, data: Any) -> bool:
        """Ends the call that ``data`` is the reply to; returns whether ``data`` is a reply."""
        reply = read_reply(data)
        pending = self._pending.get(reply.correlation_id) if reply is not None else None
        if reply is not None and pending is not None:
            self._settle(pending, reply)
        return reply is not None

    def end(self, code: ErrorCode, message: str) -> None:
        """Ends every call, or sends it again if it was sent and its outcome is not known."""
        error = RPCError(code, message)
        for pending in self._pending.values():
            if code != ErrorCode.OUTCOME_UNKNOWN:
                _fail(pending, error)
            elif pending.attempts > 0:
                pending.lost = error
                if pending.state != "waiting":
                    self._lose(pending)

    async def _wait(self, pending: _PendingCall) -> Reply:
        loop = asyncio.get_running_loop()
        end, deadline = pending.end, pending.call.deadline
        transport = pending.call.session.transport
        while not end.done() and (left := deadline - loop.time()) > 0:
            await asyncio.wait({end}, timeout=min(left, PROBE_SECONDS))
            if not end.done() and left > PROBE_SECONDS:
                self._start(transport.probe())
        if not end.done():
            late = max(0.0, loop.time() - deadline)
            await asyncio.wait({end}, timeout=min(_GRACE_SECONDS + late, _LONGEST_GRACE_SECONDS))
        if not end.done():
            _fail(pending, _time_up(pending))
        return end.result()

    def _send(self, pending: _PendingCall, pause: float = 0.0, spread: float = 0.0) -> None:
        """Sends a call after a pause, and after a part of the spread with a connection."""
        pending.state = "waiting"
        if pending.sending is not None and pending.sending is not asyncio.current_task():
            pending.sending.cancel()
        pending.sending = asyncio.create_task(self._exchange(pending, pause, spread))

    def _send_again(self, pending: _PendingCall) -> None:
        spread = min(_SPREAD_SECONDS * len(self._pending), _LONGEST_SPREAD_SECONDS)
        self._send(pending, spread=random.uniform(0, spread))

    def _lose(self, pending: _PendingCall) -> None:
        """The reply to a call that was sent does not arrive."""
        if pending.kept:
            self._send_again(pending)
        elif pending.lost is not None:
            _fail(pending, pending.lost)

    async def _exchange(self, pending: _PendingCall, pause: float, spread: float) -> None:
        call = pending.call
        try:
            if pause > 0:
                await asyncio.sleep(pause)
            hello = await call.session.ready(call.deadline)
            if spread > 0:
                await asyncio.sleep(spread)
                hello = await call.session.ready(call.deadline)
            envelope = _envelope(pending, hello)
        except RPCError as error:
            _fail(pending, _end_of_unsent(pending, error))
            return
        pending.attempts += 1
        pending.kept = hello.keeps_calls
        pending.state = "sent"
        if pending.attempts > 1:
            text = "%s %s is sent again: attempt %d"
            _logger.debug(text, call.method, pending.correlation_id, pending.attempts)
        # The transport must not give up on a reply for which the call still waits.
        seconds = call.deadline - asyncio.get_running_loop().time() + _LONGEST_GRACE_SECONDS
        try:
            reply = read_reply(await call.session.transport.rpc(call.method, envelope, seconds))
        except Exception as error:  # Without this the call would wait until its deadline.
            self._on_failure(pending, TransportError.of(error))
            return
        if reply is None or reply.correlation_id != pending.correlation_id:
            text = "the answer is not a reply to the call"
            _fail(pending, RPCError(ErrorCode.INTERNAL, text))
        else:
            self._settle(pending, reply)

    def _on_failure(self, pending: _PendingCall, failure: TransportError) -> None:
        error = _error_of_sent(failure)
        if failure.code == NO_ANSWER:
            return  # A published reply, or else the call's own deadline, ends it.
        if failure.code == CONNECTION_LOST:
            # If the gateway keeps calls, end() has the call sent again.
            if not pending.kept:
                _fail(pending, error)
        elif failure.code == _INTERNAL_SERVER_ERROR and pending.kept:
            pending.lost = error
            self._send(pending, pause=back_off(pending.attempts - 1))
        else:
            self._refuse(pending, error)

    def _settle(self, pending: _PendingCall, reply: Reply) -> None:
        if reply.error is not None:
            self._refuse(pending, reply.error)
        elif not reply.pending:
            _end(pending, reply)
        elif pending.state == "sent":
            pending.state = "pending"
            if pending.kept and self._watching is None:
                self._watching = asyncio.create_task(self._watch())

    def _refuse(self, pending: _PendingCall, error: RPCError) -> None:
        """Ends a call with an error of the server, or sends it later if the call was not run."""
        if pending.end.done():
            return
        pause = back_off(pending.refusals, _retry_after(error))
        in_time = asyncio.get_running_loop().time() + pause < pending.call.deadline
        if not (error.retryable and pending.call.retry and in_time):
            if error.retryable and pending.attempts > 1:
                # It is not known whether an earlier attempt has run.
                text = f"an earlier sending may have run; the last one did not: {error.message}"
                error = RPCError(ErrorCode.OUTCOME_UNKNOWN, text)
            _fail(pending, error)
            return
        text = "%s %s was refused and is sent again in %.1f s: %s"
        _logger.debug(text, pending.call.method, pending.correlation_id, pause, error)
        pending.refusal = error
        pending.refusals += 1
        pending.attempts -= 1
        if pending.attempts == 0:
            pending.epoch = None  # It does not matter what the gateway has forgotten.
        self._send(pending, pause=pause)

    async def _watch(self) -> None:
        """Asks, while calls are pending, which of them no gateway runs any more."""
        while True:
            await asyncio.sleep(_WATCH_SECONDS * random.uniform(0.8, 1.2))
            calls = [each for each in self._pending.values() if each.state == "pending"]
            ids = [each.correlation_id for each in calls if each.kept]
            if not ids:
                self._watching = None
                return
            for first in range(0, len(ids), _MAX_WATCHED):
                transport = calls[0].call.session.transport
                self._start(self._ask(transport, ids[first : first + _MAX_WATCHED]))

    async def _ask(self, transport: Transport, ids: list[str]) -> None:
        data = {"$rpc": PROTOCOL_VERSION, "correlation_ids": ids}
        with contextlib.suppress(Exception):  # The next round asks again.
            for correlation_id in read_calls(
                await transport.rpc(CALLS_METHOD, data, COMMAND_SECONDS)
            ):
                pending = self._pending.get(correlation_id)
                if pending is not None and pending.state == "pending":
                    self._send_again(pending)

    async def _cancel(self, pending: _PendingCall) -> None:
        """Stops the handler, which may still run after the loss of a connection."""
        session, deadline = pending.call.session, pending.call.deadline
        data = {"$rpc": PROTOCOL_VERSION, "correlation_id": pending.correlation_id}
        attempt = 0
        # If this fails, the call's deadline stops the handler.
        with contextlib.suppress(RPCError):
            while True:
                await session.ready(deadline)
                try:
                    await session.transport.rpc(CANCEL_METHOD, data, COMMAND_SECONDS)
                except Exception as error:
                    failure = TransportError.of(error)
                    if failure.code in (CONNECTION_LOST, _INTERNAL_SERVER_ERROR):
                        await asyncio.sleep(back_off(attempt))
                        attempt += 1
                        continue
                return


def _envelope(pending: _PendingCall, hello: Hello) -> dict[str, Any]:
    """The data of the command that sends a call.

    Raises:
        RPCError: The call cannot be sent.
    """
    call = pending.call
    left = call.deadline - asyncio.get_running_loop().time()
    if left <= 0:
        raise _time_up(pending)
    if pending.attempts > 0 and not hello.keeps_calls:
        text = "the call was sent to another gateway: it may have run"
        raise pending.lost or RPCError(ErrorCode.OUTCOME_UNKNOWN, text)
    if pending.epoch is None:
        pending.epoch = hello.epoch
    envelope = call_envelope(
        correlation_id=pending.correlation_id,
        params=call.params,
        timeout_ms=max(1, int(left * 1000)),
        attempt=pending.attempts + 1,
        epoch=pending.epoch,
        idempotency_key=call.idempotency_key,
        trace=call.trace,
    )
    size = message_bytes(call.method, envelope, call.params_json)
    if size > hello.max_message_bytes:
        raise RPCError(
            ErrorCode.PAYLOAD_TOO_LARGE,
            f"the call takes {size} bytes, the server takes {hello.max_message_bytes}",
        )
    return envelope


def _end(pending: _PendingCall, reply: Reply) -> None:
    if not pending.end.done():
        pending.end.set_result(reply)


def _fail(pending: _PendingCall, error: RPCError) -> None:
    _end(pending, Reply(pending.correlation_id, error=error))


def _time_up(pending: _PendingCall) -> RPCError:
    if pending.attempts > 0:
        return RPCError(ErrorCode.DEADLINE_EXCEEDED, _SENT)
    return pending.refusal or RPCError(ErrorCode.DEADLINE_EXCEEDED, _NOT_SENT)


def _end_of_unsent(pending: _PendingCall, error: RPCError) -> RPCError:
    """Returns the end of a call that cannot be sent, or sent again, because of ``error``."""
    late = asyncio.get_running_loop().time() >= pending.call.deadline
    if late and (pending.attempts > 0 or pending.refusal is not None):
        return _time_up(pending)
    if error.code == ErrorCode.CANCELLED or pending.attempts == 0:
        return error
    return pending.lost or error


def _retry_after(error: RPCError) -> float:
    """How long the server asks to wait before the next attempt, in seconds."""
    details = error.details
    known = cast("dict[str, Any]", details) if isinstance(details, dict) else {}
    milliseconds = known.get("retry_after_ms")
    return milliseconds / 1000 if isinstance(milliseconds, int | float) else 0.0


def _error_of_sent(failure: TransportError) -> RPCError:
    if failure.code >= FIRST_SERVER_CODE:
        return error_of_centrifugo(failure.code, failure.message)
    if failure.code == CONNECTION_LOST:
        text = f"the connection was lost: {failure.message}"
        return RPCError(ErrorCode.OUTCOME_UNKNOWN, text)
    return RPCError(ErrorCode.INTERNAL, f"the transport failed: {failure.message}")
