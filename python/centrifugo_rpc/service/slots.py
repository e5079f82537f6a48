"""The calls that may run at the same time."""

from __future__ import annotations

import asyncio
from collections import deque
from threading import Lock


class CallSlots:
    """A semaphore with a time limit, for any number of event loops.

    Under WSGI, Django runs each request in an event loop of its own.

    Args:
        count: The number of slots.
    """

    def __init__(self, count: int) -> None:
        self._free = count
        self._lock = Lock()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def acquire(self, timeout: float) -> bool:
        """Takes a slot, in the order of the callers; returns false after ``timeout`` seconds."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return True
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
        try:
            await asyncio.wait({turn}, timeout=timeout)
        except asyncio.CancelledError:
            if not self._withdraw(turn):
                self.release()
            raise
        return not self._withdraw(turn)

    def _withdraw(self, turn: asyncio.Future[None]) -> bool:
        """Whether the slot had not been given yet."""
        with self._lock:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True

    def release(self) -> None:
        """Gives a slot to the caller that has waited longest."""
        with self._lock:
            if self._waiting:
                turn = self._waiting.popleft()
                turn.get_loop().call_soon_threadsafe(turn.set_result, None)
            else:
                self._free += 1
