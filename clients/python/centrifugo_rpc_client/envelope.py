"""The messages of the protocol: what a call sends and how a reply is read."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from .errors import ArgumentError, ErrorCode, RPCConnectionError, RPCError, is_wire_code

PROTOCOL_VERSION = 1
HELLO_METHOD = "$rpc.hello"
CANCEL_METHOD = "$rpc.cancel"
CALLS_METHOD = "$rpc.calls"
ACK_METHOD = "$rpc.ack"
CONTRACT_METHOD = "$rpc.contract"

# Centrifugo's command IDs are uint32: no command is longer than one with this ID.
_LONGEST_COMMAND_ID = 2**32 - 1


@dataclass(frozen=True)
class Reply:
    """A reply of the gateway: a result, an error, or that one of them comes later (pending)."""

    correlation_id: str
    result: Any = None
    error: RPCError | None = None
    pending: bool = False


@dataclass(frozen=True)
class Hello:
    """The gateway's answer to ``$rpc.hello`` on the current connection."""

    epoch: str
    max_message_bytes: int
    contract: str | None = None
    """The hash of the gateway's contract."""
    keeps_calls: bool = False
    """Whether a call may be sent again with its ID."""


def uuid7(milliseconds: int | None = None) -> str:
    """A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, then 74 random bits."""
    now = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    value = now << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def user_channel(user_id: str) -> str:
    """The channel on which a user's deferred replies arrive.

    Raises:
        ArgumentError: The ID is not valid. ``#``, ``,`` and ``:`` have a meaning in channel names
            (https://centrifugal.dev/docs/server/channels#user-channel-boundary).
    """
    if not re.fullmatch(r"[!-~]{1,200}", user_id) or re.search(r"[#,:]", user_id):
        raise ArgumentError(
            f"user_id {user_id!r}: use 1 to 200 printable ASCII characters without space, "
            "'#', ',' and ':'"
        )
    return f"user#{user_id}"


def encode_params(params: Any) -> str:
    """The JSON of a call's params.

    Raises:
        RPCError: 400, for what JSON cannot carry: NaN, infinity, half a surrogate pair, objects
            of other types.
    """
    try:
        text = json.dumps(params, allow_nan=False)
        if "\\ud" in text:  # a character of two parts, or half of one
            json.dumps(params, ensure_ascii=False).encode()
        return text
    except (TypeError, ValueError, RecursionError) as error:
        raise RPCError(
            ErrorCode.INVALID_PARAMS, f"the params cannot be sent as JSON: {error}"
        ) from error


def call_envelope(
    *,
    correlation_id: str,
    params: Any,
    timeout_ms: int,
    attempt: int,
    epoch: str,
    idempotency_key: str | None = None,
    trace: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The data of Centrifugo's ``rpc`` command for one call."""
    return {
        "$rpc": PROTOCOL_VERSION,
        "correlation_id": correlation_id,
        "params": params,
        "timeout_ms": timeout_ms,
        "attempt": attempt,
        "epoch": epoch,
        **({} if idempotency_key is None else {"idempotency_key": idempotency_key}),
        **(trace or {}),
    }


def message_id_of(tags: Mapping[str, str]) -> str | None:
    """The ID under which to acknowledge a publication with these tags; ``None`` for most."""
    return (tags.get("rpc_message_id") or None) if tags.get("rpc_ack") == "1" else None


def message_bytes(method: str, envelope: dict[str, Any], params_json: str) -> int:
    """The size of the WebSocket message that carries a call, as the SDK encodes it.

    Up to 9 bytes more than it will be, because the SDK chooses the command's ID later.
    """
    data = {**envelope, "params": None}
    command = {"id": _LONGEST_COMMAND_ID, "rpc": {"method": method, "data": data}}
    return len(json.dumps(command)) - len("null") + len(params_json)


def read_reply(data: Any) -> Reply | None:
    """Reads the data of an ``rpc`` reply or of a publication on the user's channel.

    Returns ``None`` for data that is not a reply: an application's own publications, and replies
    of a protocol version that this client does not know.
    """
    if not isinstance(data, dict):
        return None
    reply = cast("dict[str, Any]", data)
    if not _is_integer(reply.get("$rpc"), PROTOCOL_VERSION):
        return None
    correlation_id = reply.get("correlation_id")
    if not isinstance(correlation_id, str) or not _is_correlation_id(correlation_id):
        return None
    error = _read_error(reply.get("error"))
    if error is not None:
        return Reply(correlation_id, error=error)
    if "result" in reply:
        return Reply(correlation_id, result=reply["result"])
    if reply.get("pending") is True:
        return Reply(correlation_id, pending=True)
    return None


def read_calls(data: Any) -> list[str]:
    """Reads the reply data of ``$rpc.calls``: the calls that no gateway runs any more."""
    reply = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    send_again = reply.get("send_again")
    return cast("list[str]", send_again) if isinstance(send_again, list) else []


def read_hello(data: Any) -> Hello:
    """Reads the reply data of ``$rpc.hello``.

    Raises:
        RPCConnectionError: The gateway does not support this protocol version, or the reply is
            not from a centrifugo-rpc gateway.
    """
    hello = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
    versions = hello.get("versions")
    epoch = hello.get("epoch")
    limit = hello.get("max_message_bytes")
    if not isinstance(versions, list):
        raise RPCConnectionError(
            f"{HELLO_METHOD} was answered with {_excerpt(data)}: is a centrifugo-rpc gateway "
            "behind this server?"
        )
    if PROTOCOL_VERSION not in versions:
        raise RPCConnectionError(
            f"the gateway speaks the protocol versions {hello['versions']}, this client speaks "
            f"{PROTOCOL_VERSION}: generate the client again with the gateway's version"
        )
    if not isinstance(epoch, str) or not isinstance(limit, int):
        raise RPCConnectionError(
            f"{HELLO_METHOD} was answered without epoch and max_message_bytes: {_excerpt(data)}"
        )
    contract = hello.get("contract")
    return Hello(
        epoch,
        limit,
        contract if isinstance(contract, str) else None,
        keeps_calls=hello.get("keeps_calls") is True,
    )


def _read_error(value: Any) -> RPCError | None:
    if not isinstance(value, dict):
        return None
    error = cast("dict[str, Any]", value)
    code, message = error.get("code"), error.get("message")
    if isinstance(code, bool) or not isinstance(code, int | float) or not isinstance(message, str):
        return None
    known = int(code) if is_wire_code(code) else ErrorCode.INTERNAL
    return RPCError(known, message, error.get("details"))


def _is_integer(value: Any, expected: int) -> bool:
    # In Python True equals 1, on the wire it does not.
    return not isinstance(value, bool) and bool(value == expected)


def _is_correlation_id(value: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9._-]{1,128}", value) is not None


def _excerpt(data: Any) -> str:
    text = repr(data)
    return text if len(text) <= 100 else f"{text[:100]}…"
