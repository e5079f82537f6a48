"""Calls handlers in tests as a client would, without a socket."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, TypeVar, overload

from pydantic import BaseModel
from typing_extensions import Never

from ..coded_errors import ArgumentTypeError
from ..errors import JSON
from ..handlers.context import ConnectionContext, call_logger
from ..handlers.middleware import Middleware
from ..handlers.registry import Registry, default_registry
from ..handlers.router import Router

ResultT = TypeVar("ResultT", bound="BaseModel | None")


class Caller:
    """Calls handlers in process, for tests.

    Params and results are checked, middleware runs, and errors arrive as
    :class:`~centrifugo_rpc.RPCError`. Unlike over the wire, an unexpected exception is the
    ``__cause__`` of the internal error.

        caller = Caller(user_id="42")
        stats = await caller.call(get_stats, TaskStatsParams(user_id="42"))

    Args:
        registry: The methods. Default: :func:`default_registry`.
        user_id: The caller's ID.
        meta: The ``meta`` claim of the caller's token.
        middleware: The middleware that the service runs around every handler.
    """

    def __init__(
        self,
        registry: Registry | None = None,
        *,
        user_id: str = "test-user",
        meta: Mapping[str, Any] | None = None,
        middleware: Iterable[Middleware] = (),
    ) -> None:
        self._registry = default_registry() if registry is None else registry
        self._router = Router(self._registry, middleware)
        self._user_id = user_id
        self._meta = meta or {}

    @overload
    async def call(
        self,
        method: Callable[[ConnectionContext, Never], Coroutine[Any, Any, ResultT]]
        | Callable[[ConnectionContext], Coroutine[Any, Any, ResultT]],
        params: JSON | BaseModel = None,
    ) -> ResultT: ...
    @overload
    async def call(self, method: str, params: JSON | BaseModel = None) -> Any: ...
    async def call(self, method: str | Callable[..., Any], params: JSON | BaseModel = None) -> Any:
        """Calls a handler, or a method by its name.

        Args:
            method: A function that ``websocket_rpc`` registered, or a name.
            params: The params, as JSON or as their model.

        Returns:
            The result as an instance of its model; ``None`` for a method without a result.

        Raises:
            RPCError: The error that the caller would get.
            ArgumentTypeError: The function is not a handler of the registry.
        """
        name = method if isinstance(method, str) else self._name_of(method)
        conn = connection_context(method=name, user_id=self._user_id, meta=self._meta)
        result = await self._router.call(conn, params)
        return result.value

    def _name_of(self, handler: Callable[..., Any]) -> str:
        for method in self._registry.list():
            if method.handler == handler:
                return method.name
        raise ArgumentTypeError(
            f"{handler!r} is not a handler of this registry: decorate it with @websocket_rpc(...)"
        )


def connection_context(
    *,
    method: str = "test.method",
    user_id: str = "test-user",
    client_id: str | None = None,
    transport: str = "in_memory",
    protocol: str = "json",
    meta: Mapping[str, Any] | None = None,
    correlation_id: str | None = None,
    deadline: datetime | None = None,
    idempotency_key: str | None = None,
    traceparent: str | None = None,
    tracestate: str | None = None,
) -> ConnectionContext:
    """Returns a context for calling a handler directly. The default deadline is 30 s from now.

    Its ``cancellation.set()`` cancels the call.
    """
    correlation_id = correlation_id or str(uuid.uuid4())
    return ConnectionContext(
        user_id=user_id,
        client_id=client_id or str(uuid.uuid4()),
        transport=transport,
        protocol=protocol,
        meta=meta or {},
        method=method,
        correlation_id=correlation_id,
        deadline=deadline or datetime.now(timezone.utc) + timedelta(seconds=30),
        idempotency_key=idempotency_key,
        traceparent=traceparent,
        tracestate=tracestate,
        log=call_logger(method=method, correlation_id=correlation_id, user_id=user_id),
    )
