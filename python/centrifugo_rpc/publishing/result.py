"""The results of publications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PublishError:
    """Why a publication failed.

    Attributes:
        code: A code of docs/errors.md.
        message: What happened, for developers.
    """

    code: int
    message: str


@dataclass(frozen=True, kw_only=True)
class PublishResult:
    """The result of a publication.

    Attributes:
        message_id: Identifies the publication in logs and acknowledgements; empty if the gateway
            did not answer.
        published: Whether Centrifugo has confirmed the publication.
        delivered: Whether at least one client has acknowledged it; ``False`` without ``acks``.
        acks_received: The number of acknowledgements received.
        acks_expected: The number of acknowledgements waited for; 0 without ``acks``.
        status: ``success``: published, with all acknowledgements that were asked for; ``partial``:
            with some of them in time; ``timeout``: with none of them in time; ``failed``: not
            published or, with the error 409, not known.
        error: Why it failed, or why waiting ended early.
    """

    message_id: str = ""
    published: bool = False
    delivered: bool = False
    acks_received: int = 0
    acks_expected: int = 0
    status: Literal["success", "partial", "timeout", "failed"]
    error: PublishError | None = None


@dataclass(frozen=True, kw_only=True)
class ChannelResult(PublishResult):
    """The result of a broadcast in one of its channels."""

    channel: str
