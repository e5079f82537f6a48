"""The body of ``POST /call``, as in docs/handler-services.md."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import ErrorCode, RPCError
from ..schema.keywords import is_object

VERSION = 1
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_TIMEOUT_MS = 300_000
"""No call takes longer, whatever the request says."""


class BadRequestError(Exception):
    """A body that is no call. The message says why."""


class UnreadableParamsError(RPCError):
    """Params that are JSON, but not for Python.

    Attributes:
        correlation_id: That of the call, ``None`` where it cannot be read either.
    """

    def __init__(self, correlation_id: str | None) -> None:
        super().__init__(
            ErrorCode.INVALID_PARAMS,
            "the params are nested too deeply, or have text with half of a surrogate pair",
        )
        self.correlation_id = correlation_id


class Caller(BaseModel):
    """Who calls, verified by Centrifugo."""

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
    timeout_ms: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    connection: Caller


def read_call(body: bytes) -> CallRequest:
    """Reads a call; its time is cut to :data:`MAX_TIMEOUT_MS`.

    Raises:
        BadRequestError: It is none, or of a version that this service does not know.
        UnreadableParamsError: The caller should know.
    """
    try:
        request = CallRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid":
            _refuse_unreadable_params(body)
        place = ".".join(map(str, first["loc"])) or "the body"
        raise BadRequestError(f"the body is no call: {place}: {first['msg']}") from None
    if request.version != VERSION:
        raise BadRequestError(
            f"the call has version {request.version}, and this service knows {VERSION}: "
            f"update centrifugo-rpc"
        )
    return request.model_copy(update={"timeout_ms": min(request.timeout_ms, MAX_TIMEOUT_MS)})


def _refuse_unreadable_params(body: bytes) -> None:
    """Refuses what is JSON for those who take more than pydantic does."""
    try:
        call: object = json.loads(body)
    except RecursionError:
        raise UnreadableParamsError(_last_correlation_id(body)) from None
    except ValueError:
        return
    correlation_id = call.get("correlation_id") if is_object(call) else None
    raise UnreadableParamsError(correlation_id if isinstance(correlation_id, str) else None)


def _last_correlation_id(body: bytes) -> str | None:
    """That of the call, which comes after its params."""
    found = re.findall(rb'"correlation_id":\s*"([!#-\[\]-~]+)"', body)
    return found[-1].decode() if found else None
