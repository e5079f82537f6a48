from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from centrifugo_rpc.configuration.derived_secrets import derived_secret
from centrifugo_rpc.service.signature import SignatureError, sign, verify

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "conformance/vectors/handler-services.json").read_text("utf-8")
)


@pytest.mark.parametrize("case", VECTORS["signatures"], ids=lambda case: case["name"])
def test_signs_as_the_vectors_say(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    signature = sign(case["secret"], case["timestamp"], case["route"], body)
    assert signature == case["signature"]
    timestamp = str(case["timestamp"])
    verify(case["secret"], timestamp, signature, case["route"], body, now=case["timestamp"])


@pytest.mark.parametrize("case", VECTORS["derived_secrets"])
def test_derives_secrets_as_the_vectors_say(case: dict[str, Any]) -> None:
    assert derived_secret(case["token_hmac_secret"]) == case["secret"]


NOW = 1767225600
SIGNED = sign("secret", NOW, "call", b"{}")


@pytest.mark.parametrize(
    ("timestamp", "signature", "route", "body", "reason"),
    [
        (None, SIGNED, "call", b"{}", "is not signed"),
        (str(NOW), None, "call", b"{}", "is not signed"),
        (str(NOW), "", "call", b"{}", "the signature is wrong"),
        (str(NOW), "v1=ä", "call", b"{}", "the signature is wrong"),
        (str(NOW), SIGNED.upper(), "call", b"{}", "the signature is wrong"),
        (str(NOW), SIGNED, "contract", b"{}", "the signature is wrong"),
        (str(NOW), SIGNED, "call", b"{} ", "the signature is wrong"),
        (str(NOW + 1), SIGNED, "call", b"{}", "the signature is wrong"),
        ("", SIGNED, "call", b"{}", "not a Unix time"),
        ("soon", SIGNED, "call", b"{}", "not a Unix time"),
        ("-1", SIGNED, "call", b"{}", "not a Unix time"),
        ("1e9", SIGNED, "call", b"{}", "not a Unix time"),
        ("٣", SIGNED, "call", b"{}", "not a Unix time"),
        ("9" * 5000, SIGNED, "call", b"{}", "not a Unix time"),
    ],
)
def test_refuses_a_wrong_signature(
    timestamp: str | None, signature: str | None, route: str, body: bytes, reason: str
) -> None:
    with pytest.raises(SignatureError, match=reason):
        verify("secret", timestamp, signature, route, body, now=NOW)


def test_refuses_another_secret() -> None:
    with pytest.raises(SignatureError, match="gateway and service have different secrets"):
        verify("other", str(NOW), SIGNED, "call", b"{}", now=NOW)


@pytest.mark.parametrize("away", [-301, 301])
def test_refuses_old_and_future_signatures(away: int) -> None:
    with pytest.raises(SignatureError, match="more than 300 seconds away"):
        verify("secret", str(NOW), SIGNED, "call", b"{}", now=NOW + away)


@pytest.mark.parametrize("away", [-300, 300])
def test_accepts_clocks_that_differ_a_little(away: int) -> None:
    verify("secret", str(NOW), SIGNED, "call", b"{}", now=NOW + away)
