"""Secrets that are derived from ``CENTRIFUGO_TOKEN_HMAC_SECRET``."""

from __future__ import annotations

import base64
import hashlib
import hmac


def derived_secret(token_hmac_secret: str) -> str:
    """Returns the handler service secret derived from ``CENTRIFUGO_TOKEN_HMAC_SECRET``."""
    return derive(token_hmac_secret, "centrifugo-rpc handler service secret")


def derive(token_hmac_secret: str, purpose: str) -> str:
    """Returns the secret for a purpose, in base64url without padding."""
    digest = hmac.new(token_hmac_secret.encode(), purpose.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
