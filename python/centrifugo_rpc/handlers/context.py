"""Who calls, and in which call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    LoggerAdapter = logging.LoggerAdapter[logging.Logger]
else:  # Python 3.10 has no LoggerAdapter[...] at run time.
    LoggerAdapter = logging.LoggerAdapter

logger = logging.getLogger("centrifugo_rpc")


class CallLogger(LoggerAdapter):
    """Adds the call's fields to the ``extra`` of each record."""

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Merges both; the fields of the log statement win."""
        return msg, {**kwargs, "extra": {**(self.extra or {}), **(kwargs.get("extra") or {})}}


@dataclass(frozen=True, kw_only=True)
class ConnectionContext:
    """Who calls, and in which call: the first argument of every handler.

    Attributes:
        user_id: The caller, from the token that Centrifugo verified.
        client_id: The ID of the caller's connection, a UUID made by Centrifugo.
        transport: How the caller is connected, as Centrifugo names it: ``websocket``, ...
        protocol: The encoding of Centrifugo's client protocol: ``json`` or ``protobuf``.
        meta: The token's ``meta`` claim: data about the user. The caller can read it in the token
            but cannot change it.
        method: The method's name, as in ``tasks.get_stats``.
        correlation_id: Identifies the call in the client, in the logs and in the reply.
        idempotency_key: The key that the application gave the call: calls of a user with the same
            key are one call. ``None`` without one.
        deadline: When the caller stops waiting, in UTC.
        traceparent: The call's trace, as in https://www.w3.org/TR/trace-context/.
        tracestate: The data that tracing systems add to it.
        log: The logger ``centrifugo_rpc``; each record has ``method``, ``correlation_id`` and
            ``user_id``.
        cancellation: Set when the call is cancelled: see :attr:`cancelled`.
    """

    user_id: str
    client_id: str
    transport: str
    protocol: str
    meta: Mapping[str, Any]
    method: str
    correlation_id: str
    deadline: datetime
    idempotency_key: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None
    log: LoggerAdapter = field(repr=False)
    cancellation: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def cancelled(self) -> bool:
        """Whether the caller no longer waits: it has gone, or the deadline has passed.

        The handler's task is cancelled as well. Threads cannot be cancelled: they may read this.
        """
        return self.cancellation.is_set()

    async def until_cancelled(self) -> None:
        """Returns when the call is cancelled; at once if it already is."""
        await self.cancellation.wait()


def call_logger(*, method: str, correlation_id: str, user_id: str) -> LoggerAdapter:
    """Returns the :attr:`ConnectionContext.log` of a call."""
    extra = {"method": method, "correlation_id": correlation_id, "user_id": user_id}
    return CallLogger(logger, extra)
