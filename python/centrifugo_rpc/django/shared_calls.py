"""The calls of several workers, in one of Django's caches."""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypedDict, TypeVar

from django.core.cache import BaseCache, caches

from ..handlers.context import logger
from ..service.call_memory import CallClaim, KeptReply, Known, MismatchError, StaleEpochError

ResultT = TypeVar("ResultT")

_PREFIX = "centrifugo_rpc:"
_EPOCH = f"{_PREFIX}epoch"

# A worker that has not renewed its lease for this long counts as gone.
_LEASE_SECONDS = 5
_RENEWAL_SECONDS = 1.0
_CANCEL_SECONDS = 60
# Memcached accepts 1 MB.
_LONGEST_REPLY = 512 * 1024


class _Call(TypedDict):
    fingerprint: str
    # Empty if the call has ended.
    worker: str
    reply: bytes | None


class CacheCalls:
    """Implements :class:`~centrifugo_rpc.service.call_memory.SharedCalls`.

    Workers renew a lease while they run calls, so that the others know which calls are lost.

    Args:
        alias: The name of the cache in ``settings.CACHES``.
    """

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._worker = uuid.uuid4().hex
        # One thread with its own connection: not every cache may be shared by threads, and
        # ``caches[alias]`` would open a new connection in each request.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="centrifugo-rpc-calls")
        self._connection: BaseCache | None = None
        self._running: set[str] = set()
        self._leased_at = -math.inf
        self._has_calls = threading.Event()
        self._renewal: threading.Thread | None = None
        self._cancelled: Callable[[str], object] = lambda key: None

    async def epoch(self) -> str:
        """Returns the epoch, which is lost with the content of the cache."""
        return await self._in_thread(self._epoch)

    async def claim(self, call: CallClaim) -> Known:
        """Claims a call for this worker, or returns what is known of it."""
        return await self._in_thread(self._claim, call)

    async def end(self, call: CallClaim, reply: bytes | None) -> None:
        """Ends a call of this worker."""
        await self._in_thread(self._end, call, reply)

    async def cancel(self, key: str) -> bool:
        """Lets the worker that runs a call cancel it."""
        return await self._in_thread(self._cancel, key)

    def on_cancel(self, listener: Callable[[str], object]) -> None:
        """Calls ``listener`` with the key of each call of this worker that is cancelled."""
        self._cancelled = listener

    async def _in_thread(self, step: Callable[..., ResultT], *args: Any) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(self._thread, step, *args)

    @property
    def _cache(self) -> BaseCache:
        if self._connection is None:
            self._connection = caches.create_connection(self._alias)
        return self._connection

    def _epoch(self) -> str:
        return str(self._cache.get_or_set(_EPOCH, lambda: uuid.uuid4().hex, timeout=None))

    def _claim(self, claim: CallClaim) -> Known:
        key, timeout = _call(claim.key), math.ceil(claim.seconds)
        call = _Call(fingerprint=claim.fingerprint, worker=self._worker, reply=None)
        self._hold_lease(claim.key)
        if claim.may_run and self._cache.add(key, call, timeout):
            if self._cache.get(_EPOCH) == claim.epoch:
                return "claimed"
            self._cache.delete(key)
            self._release(claim.key)
            raise StaleEpochError
        known: _Call | None = self._cache.get(key)
        if known is not None and known["worker"] == self._worker:
            # The answer to the first claim was lost.
            return "claimed"
        self._release(claim.key)
        if known is None:
            return "lost"
        if known["fingerprint"] != claim.fingerprint:
            raise MismatchError
        if known["worker"] == "":
            return KeptReply(known["reply"])
        if self._cache.get(_lease(known["worker"])) is not None:
            return "running"
        if not claim.idempotent:
            return "lost"
        if not self._cache.add(f"{key}:taken_over", 1, _LEASE_SECONDS):
            # Another worker is taking it over.
            return "running"
        self._hold_lease(claim.key)
        self._cache.set(key, call, timeout)
        return "claimed"

    def _end(self, claim: CallClaim, reply: bytes | None) -> None:
        self._release(claim.key)
        key = _call(claim.key)
        known: _Call | None = self._cache.get(key)
        if known is not None and known["worker"] != self._worker:
            return
        if reply is None:
            self._cache.delete(key)
            return
        kept = reply if len(reply) <= _LONGEST_REPLY else None
        call = _Call(fingerprint=claim.fingerprint, worker="", reply=kept)
        self._cache.set(key, call, math.ceil(claim.seconds))

    def _cancel(self, key: str) -> bool:
        known: _Call | None = self._cache.get(_call(key))
        if known is None or known["worker"] == "":
            return False
        self._cache.set(_cancellation(key), 1, _CANCEL_SECONDS)
        return True

    def _hold_lease(self, key: str) -> None:
        self._running.add(key)
        if time.monotonic() - self._leased_at >= _RENEWAL_SECONDS:
            self._renew()
        if self._renewal is None:
            self._renewal = threading.Thread(target=self._keep_renewing, daemon=True)
            self._renewal.start()
        self._has_calls.set()

    def _release(self, key: str) -> None:
        self._running.discard(key)
        if not self._running:
            self._has_calls.clear()

    def _renew(self) -> None:
        self._cache.set(_lease(self._worker), 1, _LEASE_SECONDS)
        self._leased_at = time.monotonic()

    def _keep_renewing(self) -> None:
        while self._has_calls.wait():
            time.sleep(_RENEWAL_SECONDS)
            try:
                self._thread.submit(self._renew_and_cancel).result()
            except RuntimeError:
                return  # The process ends.
            except Exception:
                logger.warning("cannot reach the cache that keeps the calls", exc_info=True)

    def _renew_and_cancel(self) -> None:
        if not self._running:
            return
        self._renew()
        keys = {_cancellation(key): key for key in self._running}
        for name in self._cache.get_many(keys):
            self._cancelled(keys[name])


def _call(key: str) -> str:
    return f"{_PREFIX}call:{hashlib.sha256(key.encode()).hexdigest()}"


def _cancellation(key: str) -> str:
    return f"{_call(key)}:cancelled"


def _lease(worker: str) -> str:
    return f"{_PREFIX}worker:{worker}"
