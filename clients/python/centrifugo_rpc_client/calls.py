"""The calls that have not ended. Each ends exactly once."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .envelope import (
    CANCEL_METHOD,
    PROTOCOL_VERSION,
    Hello,
    Reply,
    call_envelope,
    message_bytes,
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

# A reply that has arrived wins over a deadline that passed while the event loop was busy: past
# the deadline a call waits this long for what is still in the socket, and longer when its timer
# fired late, because then there is more in the socket.
_GRACE_SECONDS = 0.02
_LONGEST_GRACE_SECONDS = 1.0


_NOT_SENT = "the call's time was up before it was sent: it was not run"
_SENT = "the call was sent, and its time was up before its result arrived"

# Centrifugo's code if the gateway did not answer in time.
_INTERNAL_SERVER_ERROR = 100
_PAUSE_SECONDS = 0.5


class Connected(Protocol):
    """The part of a session that calls need."""

    @property
    def transport(self) -> Transport:
        """The transport that calls are sent over."""
        ...

    async def ready(self, deadline: float) -> Hello:
        """Waits until calls can be sent."""
        ...


class _NoReplyError(Exception):
    """There is no reply to a call that was sent; ``end`` is its end if it is not sent again."""

    def __init__(self, end: RPCError, pause: float) -> None:
        super().__init__(end, pause)
        self.end = end
        self.pause = pause


@dataclass(frozen=True)
class OutgoingCall:
    """One call to make. Its deadline is on the event loop's clock."""

    method: str
    params: Any
    params_json: str
    deadline: float
    trace: Mapping[str, str]


class Calls:
    """The calls that have not ended, by correlation ID.

    Args:
        start: Runs a coroutine in the background.
    """

    def __init__(self, start: Callable[[Coroutine[Any, Any, None]], None]) -> None:
        self._start = start
        self._ends: dict[str, asyncio.Future[Reply]] = {}

    async def call(self, session: Connected, call: OutgoingCall) -> Any:
        """Sends a call, again after each loss of the connection, and returns its result.

        Raises:
            RPCError: How the call ended.
        """
        correlation_id = uuid7()
        epoch = ""
        attempt = 0
        lost: RPCError | None = None
        while True:
            try:
                hello = await session.ready(call.deadline)
            except RPCError as error:
                raise (lost and _end_of_sent(lost, error, call.deadline)) or error from None
            except asyncio.CancelledError:
                if lost is not None:
                    self._start(self._cancel(session, correlation_id, call.deadline))
                raise
            attempt += 1
            epoch = epoch or hello.epoch
            left = call.deadline - asyncio.get_running_loop().time()
            if left <= 0:
                raise RPCError(ErrorCode.DEADLINE_EXCEEDED, _SENT if lost else _NOT_SENT)
            envelope = call_envelope(
                correlation_id=correlation_id,
                params=call.params,
                timeout_ms=max(1, int(left * 1000)),
                attempt=attempt,
                epoch=epoch,
                trace=call.trace,
            )
            size = message_bytes(call.method, envelope, call.params_json)
            if size > hello.max_message_bytes:
                raise RPCError(
                    ErrorCode.PAYLOAD_TOO_LARGE,
                    f"the call takes {size} bytes, the server takes {hello.max_message_bytes}",
                )
            try:
                reply = await self._exchange(session, call, envelope)
            except _NoReplyError as error:
                if not hello.keeps_calls:
                    raise error.end from None
                lost = error.end
                await asyncio.sleep(error.pause)
                continue
            if reply is None:
                raise RPCError(ErrorCode.DEADLINE_EXCEEDED, _SENT)
            if reply.error is not None:
                raise reply.error
            return reply.result

    def receive(self, data: Any) -> bool:
        """Ends the call that ``data`` is the reply to; returns whether ``data`` is a reply."""
        reply = read_reply(data)
        if reply is not None:
            self._settle(reply)
        return reply is not None

    def end(self, code: ErrorCode, message: str) -> None:
        """Ends every call with an error, or has it sent again if its outcome is not known."""
        for correlation_id in self._ends:
            if code == ErrorCode.OUTCOME_UNKNOWN:
                self._lose(correlation_id, RPCError(code, message))
            else:
                self._fail(correlation_id, code, message)

    async def _exchange(
        self, session: Connected, call: OutgoingCall, envelope: dict[str, Any]
    ) -> Reply | None:
        """Sends a call and waits for its end; returns ``None`` when the time is up.

        Raises:
            _NoReplyError: The call is to be sent again.
        """
        correlation_id: str = envelope["correlation_id"]
        end = asyncio.get_running_loop().create_future()
        self._ends[correlation_id] = end
        # In a separate task: the reply may be published while the command's reply is awaited.
        sending = asyncio.create_task(self._send(session.transport, call, envelope))
        try:
            return await self._wait(session.transport, call.deadline, end)
        except asyncio.CancelledError:
            self._start(self._cancel(session, correlation_id, call.deadline))
            raise
        finally:
            sending.cancel()
            del self._ends[correlation_id]

    async def _wait(
        self, transport: Transport, deadline: float, end: asyncio.Future[Reply]
    ) -> Reply | None:
        loop = asyncio.get_running_loop()
        while not end.done() and (left := deadline - loop.time()) > 0:
            await asyncio.wait({end}, timeout=min(left, PROBE_SECONDS))
            if not end.done() and left > PROBE_SECONDS:
                self._start(transport.probe())
        if not end.done():
            late = max(0.0, loop.time() - deadline)
            await asyncio.wait({end}, timeout=min(_GRACE_SECONDS + late, _LONGEST_GRACE_SECONDS))
        return end.result() if end.done() else None

    async def _send(
        self, transport: Transport, call: OutgoingCall, envelope: dict[str, Any]
    ) -> None:
        """Sends the command of a call and settles the call unless its end comes later."""
        correlation_id: str = envelope["correlation_id"]
        # The transport must not give up on a reply for which the call still waits.
        seconds = call.deadline - asyncio.get_running_loop().time() + _LONGEST_GRACE_SECONDS
        try:
            reply = read_reply(await transport.rpc(call.method, envelope, seconds))
        except Exception as error:  # Without this the call would wait until its deadline.
            failure = TransportError.of(error)
            # A published reply, or else the call's own deadline, ends a call without an answer.
            if failure.code in (CONNECTION_LOST, _INTERNAL_SERVER_ERROR):
                pause = 0.0 if failure.code == CONNECTION_LOST else _PAUSE_SECONDS
                self._lose(correlation_id, _error_of_sent(failure), pause)
            elif failure.code != NO_ANSWER:
                self._settle(Reply(correlation_id, error=_error_of_sent(failure)))
        else:
            if reply is None or reply.correlation_id != correlation_id:
                text = "the answer is not a reply to the call"
                self._fail(correlation_id, ErrorCode.INTERNAL, text)
            else:
                self._settle(reply)

    def _settle(self, reply: Reply) -> None:
        """Ends the call of a reply. Replies to calls of other connections are ignored."""
        end = self._ends.get(reply.correlation_id)
        if end is not None and not end.done() and not reply.pending:
            end.set_result(reply)

    def _fail(self, correlation_id: str, code: int, message: str) -> None:
        self._settle(Reply(correlation_id, error=RPCError(code, message)))

    def _lose(self, correlation_id: str, error: RPCError, pause: float = 0.0) -> None:
        end = self._ends.get(correlation_id)
        if end is not None and not end.done():
            end.set_exception(_NoReplyError(error, pause))

    async def _cancel(self, session: Connected, correlation_id: str, deadline: float) -> None:
        """Tells the handler to stop, which may run on after a loss of the connection."""
        data = {"$rpc": PROTOCOL_VERSION, "correlation_id": correlation_id}
        # When this fails in the end, the call's deadline stops the handler.
        with contextlib.suppress(RPCError):
            while True:
                await session.ready(deadline)
                try:
                    await session.transport.rpc(CANCEL_METHOD, data, COMMAND_SECONDS)
                except Exception as error:
                    if TransportError.of(error).code == CONNECTION_LOST:
                        continue
                return


def _end_of_sent(lost: RPCError, error: RPCError, deadline: float) -> RPCError:
    """How a call ends that was sent and cannot be sent again because of ``error``."""
    if error.code == ErrorCode.CANCELLED:
        return error
    if asyncio.get_running_loop().time() >= deadline:
        return RPCError(ErrorCode.DEADLINE_EXCEEDED, _SENT)
    return lost


def _error_of_sent(failure: TransportError) -> RPCError:
    if failure.code >= FIRST_SERVER_CODE:
        return error_of_centrifugo(failure.code, failure.message)
    if failure.code == CONNECTION_LOST:
        text = f"the connection was lost: {failure.message}"
        return RPCError(ErrorCode.OUTCOME_UNKNOWN, text)
    return RPCError(ErrorCode.INTERNAL, f"the transport failed: {failure.message}")
