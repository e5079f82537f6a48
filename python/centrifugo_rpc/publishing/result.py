"""How publications end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class PublishError:
    """Why a publication failed.

    Attributes:
        code: A code of docs/errors.md.
        message: What happened, for a developer to read.
    """

    code: int
    message: str


@dataclass(frozen=True, kw_only=True)
class PublishResult:
    """How a publication ended.

    Attributes:
        message_id: Identifies it in the logs, and for the clients that acknowledge it; empty when
            the gateway did not answer.
        published: Whether Centrifugo has confirmed that it took the publication.
        delivered: Whether at least one client has acknowledged it; ``False`` when none was asked.
        acks_received: How many acknowledgements came.
        acks_expected: How many were waited for; 0 when none were.
        status: ``success``: published, and acknowledged as often as was asked for; ``partial``:
            acknowledged, but not often enough in time; ``timeout``: not acknowledged in time;
            ``failed``: not published, or, with the error 409, that is not known.
        error: Why it failed, or why waiting ended before the time was up.
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
    """How a broadcast ended in one of its channels."""

    channel: str
