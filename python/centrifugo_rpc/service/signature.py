"""The signature of the gateway's requests, as in docs/handler-services.md."""

from __future__ import annotations

import hashlib
import hmac
import re
import time

TOLERANCE = 300
"""The largest difference between a timestamp and this machine's clock, in seconds."""


class SignatureError(Exception):
    """A request without a valid and recent signature of the gateway."""


def sign(secret: str, timestamp: int | str, route: str, body: bytes) -> str:
    """Returns the value of ``X-RPC-Signature``.

    Args:
        secret: The secret that gateway and service share.
        timestamp: The value of ``X-RPC-Timestamp``: Unix time in seconds.
        route: ``call`` or ``contract``.
        body: The bytes of the request's body.
    """
    signed = b"\n".join([b"v1", str(timestamp).encode(), route.encode(), body])
    return "v1=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def verify(
    secret: str,
    timestamp: str | None,
    signature: str | None,
    route: str,
    body: bytes,
    *,
    now: float | None = None,
) -> None:
    """Checks the two headers of a request.

    Args:
        secret: The secret that gateway and service share.
        timestamp: The value of ``X-RPC-Timestamp``, ``None`` when it is missing.
        signature: The value of ``X-RPC-Signature``, ``None`` when it is missing.
        route: ``call`` or ``contract``.
        body: The bytes of the request's body.
        now: Unix time in seconds. Default: this machine's clock.

    Raises:
        SignatureError: The request is not signed, signed with another secret, or too old.
    """
    if timestamp is None or signature is None:
        raise SignatureError("the request is not signed: only the gateway may send it")
    if not re.fullmatch(r"[0-9]{1,15}", timestamp):
        raise SignatureError("X-RPC-Timestamp is not a Unix time in seconds")
    expected = sign(secret, timestamp, route, body)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise SignatureError("the signature is wrong: gateway and service have different secrets")
    if abs((time.time() if now is None else now) - int(timestamp)) > TOLERANCE:
        raise SignatureError(
            f"the timestamp is more than {TOLERANCE} seconds away from the service's clock: "
            f"synchronize the clocks of both machines"
        )
