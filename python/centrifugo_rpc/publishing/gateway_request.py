"""Requests to the wrapper API of the gateway, with the standard library's HTTP client."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from ..errors import ErrorCode
from .result import PublishError

_T = TypeVar("_T")

_PATIENCE = 15
"""How long the gateway may take besides waiting for acknowledgements, in seconds."""

_MOST_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class _Failure:
    error: PublishError


_FAILURE = TypeAdapter(_Failure)


def ask_gateway(
    url: str, api_key: str, body: bytes, wait: float, answer: TypeAdapter[_T]
) -> _T | PublishError:
    """Sends a body to a route of the wrapper API.

    It follows no redirect: the key is for this server only.

    Args:
        url: The whole URL of the route.
        api_key: The gateway's API key.
        body: JSON.
        wait: How long the gateway waits for acknowledgements, in seconds.
        answer: What it answers when all is well.

    Returns:
        The answer, or why there is none: 503 when nothing was sent, 409 when it is not known
        whether it was published, or the gateway's own error.
    """
    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_PATIENCE)
    headers = {"Content-Type": "application/json", "X-API-Key": api_key}
    try:
        try:
            connection.connect()
        except OSError as error:
            message = f"the gateway cannot be reached: {_reason(error)}"
            return PublishError(ErrorCode.UNAVAILABLE, message)
        connection.sock.settimeout(wait + _PATIENCE)
        try:
            connection.request("POST", parts.path, body, headers)
            text = connection.getresponse().read(_MOST_BYTES)
        except (OSError, HTTPException) as error:
            message = (
                "the gateway did not answer, it may or may not have been published: "
                + _reason(error)
            )
            return PublishError(ErrorCode.OUTCOME_UNKNOWN, message)
    finally:
        connection.close()
    return _read(text, answer)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _read(text: bytes, answer: TypeAdapter[_T]) -> _T | PublishError:
    try:
        return answer.validate_json(text)
    except ValidationError:
        pass
    try:
        return _FAILURE.validate_json(text).error
    except ValidationError:
        message = "what answers there is no gateway of ours: check the URL of the wrapper"
        return PublishError(ErrorCode.UNAVAILABLE, message)
