"""Middleware: functions that run around handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from .context import ConnectionContext

Next: TypeAlias = Callable[[ConnectionContext, Any], Awaitable[Any]]
"""The rest of the chain: the next middleware, or the handler at the end."""

Middleware: TypeAlias = Callable[[Next], Next]
"""Runs around handlers, with valid params (``None`` for a method without params).

It may refuse the call by raising an :class:`~centrifugo_rpc.RPCError`, pass a changed ``conn`` on
(``dataclasses.replace``), or read the result.

    def only_staff(next: Next) -> Next:
        async def checked(conn: ConnectionContext, params: Any) -> Any:
            if not conn.meta.get("staff"):
                raise RPCError(ErrorCode.PERMISSION_DENIED)
            return await next(conn, params)

        return checked
"""


def compose(middleware: Iterable[Middleware], handler: Next) -> Next:
    """Wraps a handler in middleware; the first is the outermost."""
    for wrap in reversed([*middleware]):
        handler = wrap(handler)
    return handler
