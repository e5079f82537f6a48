"""The body of ``POST /call``, as in docs/handler-services.md."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ErrorCode, RPCError
from ..schema.keywords import is_object

VERSION = 1
# Calls with an epoch have this version, so that a service that ignores epochs refuses them.
_KEPT_VERSION = 2
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_TIMEOUT_MS = 300_000
"""The longest time of a call, in milliseconds."""


class BadRequestError(Exception):
    """A request body that is not a valid call."""


class UnreadableParamsError(RPCError):
    """Params that are valid JSON but cannot be read in Python.

    Attributes:
        correlation_id: The call's ID, ``None`` if it cannot be read either.
    """

    def __init__(self, correlation_id: str | None) -> None:
        super().__init__(
            ErrorCode.INVALID_PARAMS,
            "the params are nested too deeply or contain half of a surrogate pair",
        )
        self.correlation_id = correlation_id


class Caller(BaseModel):
    """The caller, verified by Centrifugo."""

    user_id: str
    client_id: str
    transport: str
    protocol: str
    meta: dict[str, Any] = {}


class CallRequest(BaseModel):
    """One call. Unknown fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)

    version: int
    method: str
    params: Any = Field(default_factory=dict[str, Any])
    correlation_id: str
    idempotency_key: str | None = None
    timeout_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    epoch: str | None = None
    known_only: bool = False
    connection: Caller


class CancelRequest(BaseModel):
    """The call to cancel. Unknown fields are ignored."""

    model_config = ConfigDict(hide_input_in_errors=True)

    version: int
    user_id: str
    correlation_id: str
    idempotency_key: str | None = None


def read_call(body: bytes) -> CallRequest:
    """Reads a call and limits its time to :data:`MAX_TIMEOUT_MS`.

    Raises:
        BadRequestError: The body is not a call of a supported version.
        UnreadableParamsError: The params cannot be read; the caller gets this error.
    """
    try:
        request = CallRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        if error.errors(include_url=False, include_context=False)[0]["type"] == "json_invalid":
            _refuse_unreadable_params(body)
        raise _bad_request("call", error) from None
    _check_version(request.version)
    return request.model_copy(update={"timeout_ms": min(request.timeout_ms, MAX_TIMEOUT_MS)})


def read_cancel(body: bytes) -> CancelRequest:
    """Reads a cancellation.

    Raises:
        BadRequestError: The body is not a cancellation of a supported version.
    """
    try:
        request = CancelRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _bad_request("cancellation", error) from None
    _check_version(request.version)
    return request


def _bad_request(what: str, error: ValidationError) -> BadRequestError:
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = "".join(f"{step}: " for step in [".".join(map(str, first["loc"]))] if step)
    return BadRequestError(f"the request body is not a {what}: {place}{first['msg']}")


def _check_version(version: int) -> None:
    if version not in (VERSION, _KEPT_VERSION):
        raise BadRequestError(
            f"the call has version {version}, and this service supports {VERSION} and "
            f"{_KEPT_VERSION}: update centrifugo-rpc"
        )


def _refuse_unreadable_params(body: bytes) -> None:
    """Raises :class:`UnreadableParamsError` if pydantic refused what others accept as JSON."""
    try:
        call: object = json.loads(body)
    except RecursionError:
        raise UnreadableParamsError(_last_correlation_id(body)) from None
    except ValueError:
        return
    correlation_id = call.get("correlation_id") if is_object(call) else None
    raise UnreadableParamsError(correlation_id if isinstance(correlation_id, str) else None)


def _last_correlation_id(body: bytes) -> str | None:
    """The ID of the call, which is after its params."""
    found = re.findall(rb'"correlation_id":\s*"([!#-\[\]-~]+)"', body)
    return found[-1].decode() if found else None
