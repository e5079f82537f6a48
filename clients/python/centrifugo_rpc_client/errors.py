"""The errors of calls and of connecting, and the table of error codes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import IntEnum
from typing import Any, TypeVar

_ResultT = TypeVar("_ResultT")

_logger = logging.getLogger("centrifugo_rpc")


class ErrorCode(IntEnum):
    """The codes of :attr:`RPCError.code`; an application uses its own from 1000 to 1999."""

    INVALID_PARAMS = 400
    """The params do not match the method's schema; ``details["issues"]`` has the places."""
    UNAUTHENTICATED = 401
    """The caller has no identity: the token is missing, wrong or expired."""
    PERMISSION_DENIED = 403
    """The caller may not do this."""
    METHOD_NOT_FOUND = 404
    """No handler is registered for this method."""
    DEADLINE_EXCEEDED = 408
    """The call's time was up before its result arrived."""
    OUTCOME_UNKNOWN = 409
    """The call was sent, but it is not known whether it ran."""
    PAYLOAD_TOO_LARGE = 413
    """The call or its reply is larger than a message may be."""
    RATE_LIMITED = 429
    """Too many calls: wait before the next one."""
    CANCELLED = 499
    """The caller cancelled the call."""
    INTERNAL = 500
    """The handler failed: the cause is in the server's log."""
    INVALID_RESULT = 502
    """The server's result does not match the contract that the client was generated from."""
    UNAVAILABLE = 503
    """The service cannot be reached right now: the call was not run."""


RETRYABLE_CODES = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.UNAVAILABLE})
"""The codes of errors after which the same call may be sent again without a change."""


class RPCError(ValueError):
    """A call that failed.

    Attributes:
        code: One of :class:`ErrorCode`, or the application's own from 1000 to 1999.
        message: What happened, for a developer to read.
        details: Anything more the caller can use, as JSON; ``None`` when there is nothing.
    """

    def __init__(self, code: int, message: str, details: Any = None) -> None:
        # All three go into args, so that a copied or pickled error is the same error.
        super().__init__(code, message, details)
        self.code = int(code)
        self.message = message
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})"

    @property
    def retryable(self) -> bool:
        """Whether the same call may be sent again and can then succeed without a change."""
        return self.code in RETRYABLE_CODES


class ArgumentError(ValueError):
    """A wrong argument, found before anything was sent."""

    code = "CRPC_ARGUMENT_INVALID"


class RPCConnectionError(ConnectionError):
    """The reason that the client could not connect.

    Attributes:
        code: Centrifugo's code of the error or of the disconnect
            (https://centrifugal.dev/docs/server/codes), ``None`` when the server gave none.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code

    @property
    def unauthorized(self) -> bool:
        """Whether the token is the reason: with another one, ``connect()`` can succeed."""
        return self.code in _TOKEN_CODES


class UnauthorizedError(Exception):
    """Raised by an application's ``get_token`` when the user gets no further token.

    The connection ends, and later calls raise :class:`RPCError` 401.
    """


def guarded(name: str, function: Callable[..., _ResultT], *arguments: Any) -> _ResultT | None:
    """Calls a function of the application; what it raises is logged and goes no further."""
    try:
        return function(*arguments)
    except Exception as error:
        _logger.error("%s failed: %r", name, error, exc_info=error)
        return None


# Centrifugo's error and close codes that say that the token is wrong, expired or revoked.
_TOKEN_CODES = frozenset({101, 109, 110, 3500})

_CODES_OF_CENTRIFUGO = {
    # Also the answer when the gateway did not reply in time: the call may have run.
    100: ErrorCode.OUTCOME_UNKNOWN,
    101: ErrorCode.UNAUTHENTICATED,
    103: ErrorCode.PERMISSION_DENIED,
    104: ErrorCode.METHOD_NOT_FOUND,
    107: ErrorCode.INVALID_PARAMS,
    108: ErrorCode.UNAVAILABLE,
    109: ErrorCode.UNAUTHENTICATED,
    110: ErrorCode.UNAUTHENTICATED,
    111: ErrorCode.RATE_LIMITED,
}


def is_wire_code(code: float) -> bool:
    """Whether a reply may carry this code: the range that Centrifugo leaves to applications."""
    return 400 <= code <= 1999 and code == int(code)


def error_of_centrifugo(code: int, message: str) -> RPCError:
    """Returns the error for one of Centrifugo's own.

    The message states its meaning, and then Centrifugo's message. Codes from 400 on come from the
    gateway and stay as they are.

    Source: https://centrifugal.dev/docs/server/codes#client-error-codes.
    """
    if is_wire_code(code):
        return RPCError(code, message)
    known = _CODES_OF_CENTRIFUGO.get(code, ErrorCode.INTERNAL)
    meaning = _NO_REPLY if code == _INTERNAL_SERVER_ERROR else _MEANINGS[known]
    return RPCError(known, f"{meaning} (Centrifugo: {code} {message})")


_INTERNAL_SERVER_ERROR = 100
_NO_REPLY = "The gateway gave no reply: the call may or may not have run"
_MEANINGS = {
    ErrorCode.INVALID_PARAMS: "The params do not match the method's schema",
    ErrorCode.UNAUTHENTICATED: (
        "The caller has no identity: the token is missing, wrong or expired"
    ),
    ErrorCode.PERMISSION_DENIED: "The caller may not do this",
    ErrorCode.METHOD_NOT_FOUND: "No handler is registered for this method",
    ErrorCode.RATE_LIMITED: "Too many calls: wait before the next one",
    ErrorCode.INTERNAL: "The handler failed: the cause is in the server's log",
    ErrorCode.UNAVAILABLE: "The service cannot be reached right now: the call was not run",
}
