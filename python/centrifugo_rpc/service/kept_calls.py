"""Requests of a gateway that may be repeated: docs/handler-services.md, "Repeated requests"."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from ..errors import ErrorCode, RPCError
from ..handlers.context import ConnectionContext, logger
from ..handlers.registry import Registry
from ..handlers.router import error_body
from .call_memory import (
    KEPT_SECONDS,
    CallClaim,
    CallMemory,
    KeptReply,
    Known,
    MismatchError,
    RunningCall,
    SharedCalls,
    StaleEpochError,
    call_key,
    fingerprint_of,
)
from .call_request import CallRequest, CancelRequest

RunCall: TypeAlias = Callable[[ConnectionContext, CallRequest], Awaitable[tuple[bytes, bool]]]
"""Runs a call, and returns the body of its answer and whether its handler ran."""

# How often a process asks for the end of a call that another process runs, in seconds.
_POLL_SECONDS = 0.1

# How long a call runs on without a request that waits for it. Another gateway asks for it within
# 6 seconds.
_ABANDONED_SECONDS = 15.0


class KeptCalls:
    """Answers a repeated request with the running call or the kept reply.

    Args:
        registry: The methods.
        run: Runs a call.
        shared: Where the processes of the service share their calls.
    """

    def __init__(self, registry: Registry, run: RunCall, shared: SharedCalls | None) -> None:
        self._registry = registry
        self._run = run
        self._shared = shared
        self._memory = CallMemory()
        if shared is not None:
            shared.on_cancel(self._memory.cancel)

    async def epoch(self) -> str | None:
        """The current epoch; ``None`` if calls are not kept at the moment."""
        if self._shared is None:
            return self._memory.epoch
        try:
            return await self._shared.epoch()
        except Exception:
            logger.exception("cannot reach the cache that keeps the calls")
            return None

    def knows(self, request: CallRequest) -> bool:
        """Whether this process runs or has run the call."""
        return request.epoch is not None and self._memory.knows(_key_of(request))

    async def answer(self, conn: ConnectionContext, request: CallRequest, epoch: str) -> bytes:
        """Returns the body of the answer.

        If it is cancelled, the handler continues for some time, and this returns when it ends.

        Raises:
            StaleEpochError: The call is not known, and the epoch is not the current one.
        """
        method = self._registry.get(request.method)
        claim = CallClaim(
            key=_key_of(request),
            fingerprint=fingerprint_of(request.method, request.params),
            epoch=epoch,
            may_run=not request.known_only,
            idempotent=method is not None and method.idempotent,
            seconds=request.timeout_ms / 1000 + KEPT_SECONDS,
        )
        try:
            call = self._find_or_begin(claim, conn, request)
        except RPCError as error:
            return error_body(error, conn.log)
        if isinstance(call, KeptReply):
            return _body_of(call, conn)
        call.waiting += 1
        try:
            waiting = asyncio.wrap_future(call.answer)
            answer = await asyncio.wait_for(waiting, request.timeout_ms / 1000)
        except asyncio.TimeoutError:
            call.waiting -= 1
            return error_body(RPCError(ErrorCode.DEADLINE_EXCEEDED), conn.log)
        except asyncio.CancelledError:
            call.waiting -= 1
            if call.task is not None and call.task.get_loop() is asyncio.get_running_loop():
                await self._until_ended(call, call.task)
            raise
        else:
            call.waiting -= 1
        if answer is None:
            raise StaleEpochError
        return answer

    async def cancel(self, request: CancelRequest) -> bool:
        """Cancels a call, and returns whether one runs. One that arrives later is not run."""
        key = call_key(request.user_id, request.correlation_id, request.idempotency_key)
        if self._memory.cancel(key):
            return True
        if await self._cancel_elsewhere(key):
            return True
        self._memory.refuse(key, error_body(RPCError(ErrorCode.CANCELLED), logger))
        return False

    async def _until_ended(self, call: RunningCall, task: asyncio.Task[Any]) -> None:
        """Waits for the end of a call, and stops it if no other request waits for it."""
        await asyncio.wait({task}, timeout=_ABANDONED_SECONDS)
        if not task.done() and call.waiting == 0:
            call.abandoned = True
            call.cancel()
        await asyncio.wait({task})

    async def _cancel_elsewhere(self, key: str) -> bool:
        try:
            return self._shared is not None and await self._shared.cancel(key)
        except Exception:
            logger.exception("cannot reach the cache that keeps the calls")
            return False

    def _find_or_begin(
        self, claim: CallClaim, conn: ConnectionContext, request: CallRequest
    ) -> RunningCall | KeptReply:
        """Finds a call, or starts it.

        Raises:
            RPCError: It is not run.
            StaleEpochError: It is not known, and its epoch is not the current one.
        """
        if self._shared is None and not self._memory.knows(claim.key):
            if claim.epoch != self._memory.epoch:
                raise StaleEpochError
            if not claim.may_run:
                raise _unknown()
        try:
            call, begun = self._memory.begin(claim)
        except MismatchError:
            raise _mismatch() from None
        if not begun or isinstance(call, KeptReply):
            return call

        def end(task: asyncio.Task[tuple[bytes | None, bool]]) -> None:
            error = _abandoned() if call.abandoned else RPCError(ErrorCode.CANCELLED)
            cancelled = error_body(error, conn.log), True
            answer, kept = cancelled if task.cancelled() else task.result()
            self._memory.end(claim, answer, kept=kept)

        task = asyncio.create_task(self._claim_and_run(claim, conn, request))
        task.add_done_callback(end)
        call.start(task)
        return call

    async def _claim_and_run(
        self, claim: CallClaim, conn: ConnectionContext, request: CallRequest
    ) -> tuple[bytes | None, bool]:
        """Runs a call unless another process does.

        Returns:
            The body of the answer, ``None`` for a stale epoch, and whether to keep it.
        """
        if self._shared is None:
            return await self._run(conn, request)
        known: Known = "running"
        try:
            while known == "running":
                known = await self._shared.claim(claim)
                if known == "running":
                    await asyncio.sleep(_POLL_SECONDS)
            if isinstance(known, KeptReply):
                return _body_of(known, conn), True
            if known == "lost":
                return error_body(_unknown(), conn.log), False
            answer, ran = await self._run(conn, request)
        except StaleEpochError:
            return None, False
        except MismatchError:
            return error_body(_mismatch(), conn.log), False
        except asyncio.CancelledError:
            answer, ran = error_body(RPCError(ErrorCode.CANCELLED), conn.log), True
            if known == "running":
                await self._cancel_elsewhere(claim.key)
        except Exception:
            conn.log.exception("cannot reach the cache that keeps the calls: the call was not run")
            return error_body(RPCError(ErrorCode.UNAVAILABLE), conn.log), False
        try:
            await self._shared.end(claim, answer if ran else None)
        except Exception:
            conn.log.exception("the reply is not kept for other processes")
        return answer, ran


def _key_of(request: CallRequest) -> str:
    user_id = request.connection.user_id
    return call_key(user_id, request.correlation_id, request.idempotency_key)


def _body_of(reply: KeptReply, conn: ConnectionContext) -> bytes:
    if reply.body is not None:
        return reply.body
    message = "the call has run, but its reply is not available any more"
    return error_body(RPCError(ErrorCode.OUTCOME_UNKNOWN, message, {"ran": True}), conn.log)


def _unknown() -> RPCError:
    message = "the process that received the call is gone: it may or may not have run"
    return RPCError(ErrorCode.OUTCOME_UNKNOWN, message, {"ran": None})


def _abandoned() -> RPCError:
    message = "the call was stopped because no gateway waited for it"
    return RPCError(ErrorCode.OUTCOME_UNKNOWN, message, {"ran": True})


def _mismatch() -> RPCError:
    message = "this ID belongs to a call with another method or other params"
    return RPCError(ErrorCode.INVALID_PARAMS, message, {"idempotency_mismatch": True})
