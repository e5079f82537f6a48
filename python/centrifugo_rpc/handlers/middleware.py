"""What runs around handlers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from .context import ConnectionContext

Next: TypeAlias = Callable[[ConnectionContext, Any], Awaitable[Any]]
"""What comes after a middleware: the next one, and the handler at the end."""

Middleware: TypeAlias = Callable[[Next], Next]
"""Runs around handlers, with params that are already valid (``None`` for a method without).

It may refuse the call by raising an :class:`~centrifugo_rpc.RPCError`, hand on a changed ``conn``
(``dataclasses.replace``), or look at the result.

    def only_staff(next: Next) -> Next:
        async def checked(conn: ConnectionContext, params: Any) -> Any:
            if not conn.meta.get("staff"):
                raise RPCError(ErrorCode.PERMISSION_DENIED)
            return await next(conn, params)

        return checked
"""


def compose(middleware: Iterable[Middleware], handler: Next) -> Next:
    """Puts middleware around a handler; the first is the outermost."""
    for wrap in reversed([*middleware]):
        handler = wrap(handler)
    return handler
