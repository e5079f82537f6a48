"""The handler service of docs/handler-services.md, for any web framework."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from pydantic import SecretStr

from ..coded_errors import ArgumentValueError
from ..contract import build_contract, contract_json
from ..errors import ErrorCode, RPCError
from ..handlers.context import ConnectionContext, call_logger, logger
from ..handlers.middleware import Middleware
from ..handlers.registry import Registry, default_registry
from ..handlers.router import Result, Router, error_body
from .call_memory import SharedCalls, StaleEpochError
from .call_request import (
    MAX_BODY_BYTES,
    BadRequestError,
    CallRequest,
    UnreadableParamsError,
    read_call,
    read_cancel,
)
from .kept_calls import KeptCalls
from .signature import SignatureError, verify
from .slots import CallSlots

ROUTES: Mapping[str, str] = {
    "call": "POST",
    "cancel": "POST",
    "contract": "GET",
    "health": "GET",
}
"""The routes below the service's URL, with their HTTP methods."""

# The part of a call's time that it may wait, so that the answer is there before its deadline.
_LONGEST_WAIT = 0.9

_NOT_RUN = (ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE)


@dataclass(frozen=True)
class ServiceResponse:
    """An HTTP response, for a web framework to send."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class _Contract:
    size: int
    json: bytes
    entity_tag: str


class HandlerService:
    """Answers the gateway's requests with the handlers of a registry.

        service = HandlerService(secret=config.handler_service_secret)
        app = asgi_app(service)

    Args:
        secret: The secret with which the gateway signs its requests:
            ``CENTRIFUGO_HANDLER_SERVICE_SECRET``,
            :attr:`DjangoCfgCentrifugoConfig.handler_service_secret`.
        registry: The methods. Default: :func:`default_registry`.
        middleware: Runs around every handler; the first is the outermost.
        max_concurrent_calls: How many calls may run at the same time; others wait for up to nine
            tenths of their time and then fail with 503. ``None`` for any number.
        shared_calls: Where the processes of the service share their calls. Default: each process
            remembers its own.

    Raises:
        ArgumentValueError: The secret is empty, or the number is less than 1.
    """

    def __init__(
        self,
        *,
        secret: str | SecretStr,
        registry: Registry | None = None,
        middleware: Iterable[Middleware] = (),
        max_concurrent_calls: int | None = 100,
        shared_calls: SharedCalls | None = None,
    ) -> None:
        self._secret = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
        if not self._secret:
            raise ArgumentValueError(
                "the secret of the handler service is empty: set CENTRIFUGO_HANDLER_SERVICE_SECRET "
                "or CENTRIFUGO_TOKEN_HMAC_SECRET to the value that the gateway has"
            )
        if max_concurrent_calls is not None and max_concurrent_calls < 1:
            raise ArgumentValueError(
                f"max_concurrent_calls is {max_concurrent_calls}: use a number of 1 or more, or "
                f"None for any number of calls"
            )
        self._max_calls = max_concurrent_calls
        self._slots = CallSlots(max_concurrent_calls) if max_concurrent_calls else None
        self._registry = default_registry() if registry is None else registry
        self._router = Router(self._registry, middleware)
        self._contract: _Contract | None = None
        self._stopping = False
        self._kept = KeptCalls(self._registry, self._run, shared_calls)
        # Includes tasks that nobody awaits any more: asyncio keeps only weak references.
        self._running: set[asyncio.Task[Result]] = set()

    def check(self) -> None:
        """Builds the contract, so that its problems are known before the first request.

        Raises:
            RegistrationError: The message lists the problems.
        """
        self._built_contract()

    def stop(self) -> None:
        """Refuses new calls and fails health checks; running calls continue."""
        self._stopping = True

    async def handle(
        self, route: str, http_method: str, headers: Mapping[str, str], body: bytes
    ) -> ServiceResponse:
        """Answers one request.

        Cancel the task that awaits it if the connection is closed. That cancels the handler, unless
        the gateway may send the call again: then this ends with the handler.

        Args:
            route: ``call``, ``cancel``, ``contract`` or ``health``: the end of the path.
            http_method: ``GET`` or ``POST``.
            headers: The request's headers, with names in lower case or case-insensitive.
            body: The request's body.
        """
        allowed = ROUTES.get(route)
        if allowed is None:
            return error_response(404, f"route {route!r} does not exist: use {', '.join(ROUTES)}")
        if http_method != allowed:
            response = error_response(405, f"use {allowed} for {route}")
            return ServiceResponse(
                response.status, response.body, {**response.headers, "allow": allowed}
            )
        if route == "health":
            return self._health()
        if len(body) > MAX_BODY_BYTES:
            return error_response(413, f"the request body is larger than {MAX_BODY_BYTES} bytes")
        timestamp, signature = headers.get("x-rpc-timestamp"), headers.get("x-rpc-signature")
        try:
            verify(self._secret, timestamp, signature, route, body)
        except SignatureError as error:
            logger.warning("refused a request: %s", error)
            return error_response(401, str(error))
        if route == "contract":
            return await self._answer_contract(headers.get("if-none-match"))
        if route == "cancel":
            return await self._answer_cancel(body)
        return await self._answer_call(headers, body)

    def _health(self) -> ServiceResponse:
        if self._stopping:
            return _json_response(503, b'{"status":"stopping"}')
        return _json_response(200, b'{"status":"ok"}')

    async def _answer_contract(self, if_none_match: str | None) -> ServiceResponse:
        try:
            contract = self._built_contract()
        except Exception as error:
            # The operator reads the message in the gateway's log.
            logger.exception("cannot build the contract")
            return error_response(500, f"cannot build the contract: {error}")
        headers = {"etag": contract.entity_tag, **await self._epoch()}
        known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
        if contract.entity_tag in known or known == ["*"]:
            return ServiceResponse(304, headers=headers)
        return _json_response(200, contract.json, headers)

    def _built_contract(self) -> _Contract:
        # Methods are never removed, so the number of methods shows whether there are new ones.
        size = len(self._registry)
        if self._contract is None or self._contract.size != size:
            built = contract_json(build_contract(self._registry)).encode()
            self._contract = _Contract(size, built, f'"{hashlib.sha256(built).hexdigest()}"')
        return self._contract

    async def _epoch(self) -> Mapping[str, str]:
        """The header that names the epoch of the kept calls."""
        epoch = await self._kept.epoch()
        return {} if epoch is None else {"x-rpc-epoch": epoch}

    async def _answer_call(self, headers: Mapping[str, str], body: bytes) -> ServiceResponse:
        try:
            request = read_call(body)
        except BadRequestError as error:
            logger.error("cannot read a call: %s", error)
            return error_response(400, str(error))
        except UnreadableParamsError as error:
            return self._answer(error_body(error, logger), error.correlation_id)
        conn = _context(request, headers)
        if self._stopping and not self._kept.knows(request):
            return error_response(503, "the service is stopping")
        try:
            if request.epoch is None:
                answer, _ = await self._run(conn, request)
            else:
                answer = await self._kept.answer(conn, request, request.epoch)
        except StaleEpochError:
            stale = error_response(412, "this service does not know the calls of that epoch")
            return ServiceResponse(
                stale.status, stale.body, {**stale.headers, **await self._epoch()}
            )
        return self._answer(answer, request.correlation_id)

    async def _answer_cancel(self, body: bytes) -> ServiceResponse:
        try:
            request = read_cancel(body)
        except BadRequestError as error:
            logger.error("cannot read a cancellation: %s", error)
            return error_response(400, str(error))
        cancelled = await self._kept.cancel(request)
        return _json_response(200, b'{"cancelled":%b}' % (b"true" if cancelled else b"false"))

    def _answer(self, body: bytes, correlation_id: str | None) -> ServiceResponse:
        headers: dict[str, str] = {}
        if correlation_id is not None and re.fullmatch("[!-~]+", correlation_id):
            headers["x-rpc-correlation-id"] = correlation_id
        try:
            headers["x-rpc-contract"] = self._built_contract().entity_tag
        except Exception:
            logger.exception("cannot build the contract")
        return _json_response(200, body, headers)

    async def _run(self, conn: ConnectionContext, request: CallRequest) -> tuple[bytes, bool]:
        """Runs a call, and returns the body of its answer and whether its handler ran."""
        try:
            result = await self._result(conn, request)
        except RPCError as error:
            return error_body(error, conn.log), error.code not in _NOT_RUN
        return b'{"result":' + result.json + b"}", True

    async def _result(self, conn: ConnectionContext, request: CallRequest) -> Result:
        """Runs the handler until the caller stops waiting, even if the handler does not stop."""
        seconds = request.timeout_ms / 1000
        deadline = time.monotonic() + seconds
        if self._slots and not await self._slots.acquire(seconds * _LONGEST_WAIT):
            conn.log.warning("no call ended in time: %d are running", self._max_calls)
            raise RPCError(ErrorCode.UNAVAILABLE, "the service is busy: the call was not run")
        task = asyncio.create_task(self._router.call(conn, request.params))
        self._running.add(task)
        task.add_done_callback(self._ended)
        try:
            await asyncio.wait({task}, timeout=deadline - time.monotonic())
        finally:
            if not task.done():
                conn.cancellation.set()
                task.cancel()
        if not task.done():
            raise RPCError(ErrorCode.DEADLINE_EXCEEDED)
        if task.cancelled():
            conn.log.error("handler failed: it was cancelled, but the caller did not cancel it")
            raise RPCError(ErrorCode.INTERNAL)
        return task.result()

    def _ended(self, task: asyncio.Task[Result]) -> None:
        self._running.discard(task)
        if self._slots:
            self._slots.release()
        if not task.cancelled():
            task.exception()  # marks it as read: the router has logged it


def _context(request: CallRequest, headers: Mapping[str, str]) -> ConnectionContext:
    caller = request.connection
    return ConnectionContext(
        user_id=caller.user_id,
        client_id=caller.client_id,
        transport=caller.transport,
        protocol=caller.protocol,
        meta=caller.meta,
        method=request.method,
        correlation_id=request.correlation_id,
        idempotency_key=request.idempotency_key,
        deadline=datetime.now(timezone.utc) + timedelta(milliseconds=request.timeout_ms),
        traceparent=headers.get("traceparent"),
        tracestate=headers.get("tracestate"),
        log=call_logger(
            method=request.method,
            correlation_id=request.correlation_id,
            user_id=caller.user_id,
        ),
    )


def error_response(status: int, message: str) -> ServiceResponse:
    """Returns the response to a request that no handler has answered."""
    body = json.dumps({"error": {"code": status, "message": message}})
    return _json_response(status, body.encode())


def _json_response(
    status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> ServiceResponse:
    return ServiceResponse(status, body, {"content-type": "application/json", **(headers or {})})
