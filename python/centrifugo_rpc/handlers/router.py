"""Runs the handler of a method: from its params to its result."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ..errors import ErrorCode, RPCError, is_declared_error
from ..wire.encoding import EncodingError, encode_json, encode_model
from ..wire.issues import Issues, describe
from .context import ConnectionContext, LoggerAdapter
from .middleware import Middleware, Next, compose
from .params import decode_params
from .registry import Method, Registry


@dataclass(frozen=True)
class Result:
    """The result of a call.

    Attributes:
        value: As an instance of the result model; ``None`` for a method without a result.
        json: The encoded value.
    """

    value: BaseModel | None
    json: bytes


class Router:
    """Runs the handlers of a registry, including those that register later.

    Args:
        registry: The methods.
        middleware: Runs around every handler; the first is the outermost.
    """

    def __init__(self, registry: Registry, middleware: Iterable[Middleware] = ()) -> None:
        self._registry = registry
        self._middleware = tuple(middleware)

    async def call(self, conn: ConnectionContext, params: Any) -> Result:
        """Runs the handler of ``conn.method``.

        Args:
            conn: The caller and the call.
            params: Decoded JSON; ``None`` for null and for absent params.

        Raises:
            RPCError: Any failure. An unexpected exception is logged and becomes its cause.
        """
        method = self._registry.get(conn.method)
        if method is None:
            raise RPCError(ErrorCode.METHOD_NOT_FOUND, f'no method "{conn.method}"')
        try:
            valid_params = _decode_params(method, params)
            run = compose((*self._middleware, *method.middleware), _handler(method))
            return _encode_result(method, await run(conn, valid_params))
        except RPCError as error:
            checked = _checked(method, conn, error)
            if checked is error:
                raise
            raise checked from error
        except EncodingError as error:
            raise _not_as_promised(conn, error) from error
        except Exception as error:
            if conn.cancelled:
                # Most likely a consequence of the cancellation, not a failure.
                conn.log.debug("handler stopped", exc_info=True)
                raise RPCError(ErrorCode.CANCELLED) from error
            conn.log.exception("handler failed")
            raise RPCError(ErrorCode.INTERNAL) from error


def error_body(error: RPCError, log: logging.Logger | LoggerAdapter) -> bytes:
    """Returns the body of an answer with an error."""
    return b'{"error":' + encode_error(error, log) + b"}"


def encode_error(error: RPCError, log: logging.Logger | LoggerAdapter) -> bytes:
    """Returns an error as JSON, without its details if they cannot be encoded."""
    # Unlike pydantic, json accepts half of a surrogate pair.
    message = json.dumps(error.message).encode()
    try:
        details = b"" if error.details is None else b',"details":' + _encode_details(error)
    except EncodingError as reason:
        log.error("the error %s is sent without its details: %s", error.code, reason)
        details = b""
    return b'{"code":%d,"message":%b%b}' % (error.code, message, details)


def _encode_details(error: RPCError) -> bytes:
    what = f"details of the error {error.code}"
    declared = type(error)
    if is_declared_error(declared) and declared.details_model:
        return encode_model(what, declared.details_model, error.details)[1]
    return encode_json(what, error.details)


def _handler(method: Method) -> Next:
    if method.params is not None:
        return method.handler

    async def without_params(conn: ConnectionContext, params: Any) -> Any:
        return await method.handler(conn)

    return without_params


def _decode_params(method: Method, params: Any) -> BaseModel | None:
    outcome = decode_params(method, params)
    if not isinstance(outcome, Issues):
        return outcome
    raise RPCError(
        ErrorCode.INVALID_PARAMS,
        f"{method.name}: {describe(outcome)}",
        {"issues": [{"path": issue["path"], "message": issue["message"]} for issue in outcome]},
    )


def _encode_result(method: Method, result: object) -> Result:
    if method.result is None:
        return Result(None, b"null")
    return Result(*encode_model(f"result of {method.name}", method.result, result))


def _checked(method: Method, conn: ConnectionContext, error: RPCError) -> RPCError:
    """The error for the caller, its details checked against the declared model."""
    declared = next((kind for kind in method.errors if kind.code == error.code), None)
    raised = type(error)
    if declared is None and is_declared_error(raised):
        conn.log.warning(
            "the handler raised %s, which the method does not declare", raised.__name__
        )
        declared = raised
    if declared is None or declared.details_model is None:
        return error
    what = f"details of {declared.__name__} of {method.name}"
    try:
        details, _ = encode_model(what, declared.details_model, error.details)
    except EncodingError as reason:
        return _not_as_promised(conn, reason)
    return error if raised is declared else declared(details, message=error.message)


def _not_as_promised(conn: ConnectionContext, reason: EncodingError) -> RPCError:
    """The error for a value that breaks the contract: only the log has the reason."""
    conn.log.error("the handler broke its contract: %s", reason)
    return RPCError(ErrorCode.INTERNAL)
