"""The running and ended calls of a service, so that a repeated request does not run one again.

docs/handler-services.md, "Repeated requests", has the rules.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Lock
from typing import Any, Literal, Protocol, TypeAlias

KEPT_SECONDS = 15.0
"""How long a call is kept after its deadline: longer than a request can be on its way."""

_MAX_BYTES = 32 * 1024 * 1024
_MAX_CALLS = 200_000


class StaleEpochError(Exception):
    """A call that the service does not know, with an epoch that is not the current one."""


class MismatchError(Exception):
    """A key that belongs to a call with another method or other params."""


@dataclass(frozen=True)
class KeptReply:
    """The end of a call: the body of its answer, ``None`` if that is not kept any more."""

    body: bytes | None


Known: TypeAlias = "KeptReply | Literal['claimed', 'running', 'lost']"
"""What a :class:`SharedCalls` knows of a call."""


class SharedCalls(Protocol):
    """The calls of several processes of one service."""

    async def epoch(self) -> str:
        """Changes whenever a call may have been forgotten."""
        ...

    async def claim(self, call: CallClaim) -> Known:
        """Claims a call for this process, or returns what is known of it.

        Raises:
            StaleEpochError: It is not known, and its epoch is not the current one.
            MismatchError: Its key belongs to another call.
        """
        ...

    async def end(self, call: CallClaim, reply: bytes | None) -> None:
        """Ends a claimed call; without a reply, it has not run and is forgotten."""
        ...

    async def cancel(self, key: str) -> bool:
        """Cancels a call that another process runs; returns false if there is none."""
        ...

    def on_cancel(self, listener: Callable[[str], object]) -> None:
        """Calls ``listener`` with the key of each call of this process that is cancelled."""
        ...


@dataclass(frozen=True)
class CallClaim:
    """A call that a gateway asks for.

    Attributes:
        key: Stands for one call of one user.
        fingerprint: Of the method and the params.
        epoch: The epoch of the service that the gateway knew before it sent the call first.
        may_run: Whether it may be run if it is not known.
        idempotent: Whether it may run twice.
        seconds: How long it is kept from now on.
    """

    key: str
    fingerprint: str
    epoch: str
    may_run: bool
    idempotent: bool
    seconds: float


class RunningCall:
    """A call that this process runs. Other requests can wait for it in any event loop."""

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        # The body of the answer; None if the call did not run because of its epoch.
        self.answer: Future[bytes | None] = Future()
        # So that a request that waits for it cannot cancel it.
        self.answer.set_running_or_notify_cancel()
        self.task: asyncio.Task[Any] | None = None
        self.cancelled = False
        # How many requests wait for it.
        self.waiting = 0
        # Whether it was stopped because no request waited for it any more.
        self.abandoned = False

    def start(self, task: asyncio.Task[Any]) -> None:
        """Sets the task that runs the call."""
        self.task = task
        if self.cancelled:
            task.cancel()

    def cancel(self) -> None:
        """Cancels the call, from any thread."""
        self.cancelled = True
        if self.task is not None:
            self.task.get_loop().call_soon_threadsafe(self.task.cancel)


@dataclass(frozen=True)
class _EndedCall:
    fingerprint: str | None
    expires_at: float
    body: bytes | None


class CallMemory:
    """The calls of this process.

    When the replies become too large, the oldest are dropped. When the calls become too many, the
    oldest are forgotten and the epoch changes.

    Args:
        max_bytes: The size of all replies.
        max_calls: The number of ended calls.
    """

    def __init__(self, max_bytes: int = _MAX_BYTES, max_calls: int = _MAX_CALLS) -> None:
        self.epoch = uuid.uuid4().hex
        self._max_bytes = max_bytes
        self._max_calls = max_calls
        self._lock = Lock()
        self._running: dict[str, RunningCall] = {}
        # Both in the order in which the calls ended.
        self._with_reply: OrderedDict[str, _EndedCall] = OrderedDict()
        self._without_reply: OrderedDict[str, _EndedCall] = OrderedDict()
        self._bytes = 0
        # The keys that expire in a second, by the second.
        self._expiring: dict[int, list[str]] = {}
        self._swept_at = 0.0

    def knows(self, key: str) -> bool:
        """Whether a call runs or has ended here."""
        with self._lock:
            return key in self._running or self._ended(key) is not None

    def begin(self, claim: CallClaim) -> tuple[RunningCall | KeptReply, bool]:
        """Begins a call, unless it is known; also returns whether it was begun.

        Raises:
            MismatchError: The key belongs to another call.
        """
        with self._lock:
            known = self._find(claim.key, claim.fingerprint)
            if known is not None:
                return known, False
            call = self._running[claim.key] = RunningCall(claim.fingerprint)
            return call, True

    def end(self, claim: CallClaim, body: bytes | None, *, kept: bool) -> None:
        """Ends a call with its answer; one that is not kept can be run again."""
        with self._lock:
            call = self._running.pop(claim.key)
            if kept and body is not None:
                self._keep(claim.key, claim.fingerprint, claim.seconds, body)
        call.answer.set_result(body)

    def cancel(self, key: str) -> bool:
        """Cancels a call that runs here; returns false if there is none."""
        with self._lock:
            call = self._running.get(key)
        if call is not None:
            call.cancel()
        return call is not None

    def refuse(self, key: str, body: bytes) -> None:
        """Ends a call that has not arrived yet with ``body``."""
        with self._lock:
            if key not in self._running and self._ended(key) is None:
                self._keep(key, None, KEPT_SECONDS, body)

    def _find(self, key: str, fingerprint: str) -> RunningCall | KeptReply | None:
        call = self._running.get(key) or self._ended(key)
        if call is None:
            return None
        if call.fingerprint not in (fingerprint, None):
            raise MismatchError
        return call if isinstance(call, RunningCall) else KeptReply(call.body)

    def _ended(self, key: str) -> _EndedCall | None:
        return self._with_reply.get(key) or self._without_reply.get(key)

    def _keep(self, key: str, fingerprint: str | None, seconds: float, body: bytes) -> None:
        now = time.monotonic()
        self._remove(key)
        self._with_reply[key] = _EndedCall(fingerprint, now + seconds, body)
        self._bytes += len(body)
        self._expiring.setdefault(int(now + seconds) + 1, []).append(key)
        if now - self._swept_at >= 1:
            self._swept_at = now
            self._remove_expired(now)
        if self._bytes > self._max_bytes:
            self._drop_replies()
        if len(self._with_reply) + len(self._without_reply) > self._max_calls:
            self._forget_calls()

    def _remove(self, key: str) -> None:
        with_reply = self._with_reply.pop(key, None)
        if with_reply is not None:
            self._bytes -= len(with_reply.body or b"")
        self._without_reply.pop(key, None)

    def _remove_expired(self, now: float) -> None:
        for second in [second for second in self._expiring if second <= now]:
            for key in self._expiring.pop(second):
                call = self._ended(key)
                if call is not None and call.expires_at <= now:
                    self._remove(key)

    def _drop_replies(self) -> None:
        while self._bytes > self._max_bytes:
            key, call = self._with_reply.popitem(last=False)
            self._bytes -= len(call.body or b"")
            self._without_reply[key] = _EndedCall(call.fingerprint, call.expires_at, None)

    def _forget_calls(self) -> None:
        """Makes room for some time, because each time costs the gateways an epoch."""
        self.epoch = uuid.uuid4().hex
        oldest = [*self._without_reply, *self._with_reply]
        for key in oldest[: len(oldest) - self._max_calls * 9 // 10]:
            self._remove(key)


def call_key(user_id: str, correlation_id: str, idempotency_key: str | None) -> str:
    """Returns the key of a call: the application's, or its correlation ID."""
    kind, key = ("id", correlation_id) if idempotency_key is None else ("key", idempotency_key)
    return "\0".join((user_id, kind, key))


def fingerprint_of(method: str, params: Any) -> str:
    """Identifies a method with its params."""
    text = json.dumps([method, params], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
