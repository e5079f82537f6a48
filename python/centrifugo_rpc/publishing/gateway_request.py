"""Requests to the gateway's HTTP API, with the HTTP client of the standard library."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from ..errors import ErrorCode
from .result import PublishError

_T = TypeVar("_T")

_TIMEOUT = 15
"""The time limit of a request beside waiting for acknowledgements, in seconds."""

_MAX_RESPONSE_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class _Failure:
    error: PublishError


_FAILURE = TypeAdapter(_Failure)


def ask_gateway(
    url: str, api_key: str, body: bytes, wait: float, answer: TypeAdapter[_T]
) -> _T | PublishError:
    """Sends a request to the gateway's HTTP API.

    It does not follow redirects: the API key is for this server only.

    Args:
        url: The URL of the route.
        api_key: The gateway's API key.
        body: JSON.
        wait: How long the gateway waits for acknowledgements, in seconds.
        answer: The type of a successful response.

    Returns:
        The response, or an error: 503 if nothing was sent, 409 if it is not known whether it was
        published, or the gateway's error.
    """
    parts = urlsplit(url)
    make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    headers = {"Content-Type": "application/json", "X-API-Key": api_key}
    try:
        try:
            connection.connect()
        except OSError as error:
            message = f"cannot reach the gateway: {_reason(error)}"
            return PublishError(ErrorCode.UNAVAILABLE, message)
        connection.sock.settimeout(wait + _TIMEOUT)
        try:
            connection.request("POST", parts.path, body, headers)
            text = connection.getresponse().read(_MAX_RESPONSE_BYTES)
        except (OSError, HTTPException) as error:
            message = (
                "the gateway did not answer; the publication may or may not have happened: "
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
        message = "the server is not a centrifugo-rpc gateway: check wrapper_url"
        return PublishError(ErrorCode.UNAVAILABLE, message)
