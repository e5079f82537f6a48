"""The body of ``POST /call``, as in docs/handler-services.md."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .errors import ErrorCode, RPCError

VERSION = 1
MAX_BODY_BYTES = 2 * 1024 * 1024
MAX_TIMEOUT_MS = 300_000
"""No call takes longer, whatever the request says."""


class BadRequestError(Exception):
    """A body that is no call. The message says why."""


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
        RPCError: Its params are JSON that Python cannot read, and the caller should know.
    """
    try:
        request = CallRequest.model_validate_json(body, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "json_invalid" and _is_json(body):
            raise RPCError(
                ErrorCode.INVALID_PARAMS,
                "the params are nested too deeply, or have text with half of a surrogate pair",
            ) from None
        place = ".".join(map(str, first["loc"])) or "the body"
        raise BadRequestError(f"the body is no call: {place}: {first['msg']}") from None
    if request.version != VERSION:
        raise BadRequestError(
            f"the call has version {request.version}, and this service knows {VERSION}: "
            f"update centrifugo-rpc"
        )
    return request.model_copy(update={"timeout_ms": min(request.timeout_ms, MAX_TIMEOUT_MS)})


def _is_json(body: bytes) -> bool:
    """Whether it is JSON for those who take more than pydantic does."""
    try:
        json.loads(body)
    except ValueError:
        return False
    except RecursionError:
        return True
    return True
