"""The seam between the client and Centrifugo: what a test can replace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from .token_source import GetToken

COMMAND_SECONDS = 5.0
"""How long to wait for the handshake and for the reply to a command that is not a call."""
PROBE_SECONDS = 5.0
"""How long the server may send nothing while a call waits, and how long it may take to answer the
probe that follows."""


class Transport(Protocol):
    """A connection to Centrifugo as one user.

    It connects again by itself after a loss, and subscribes again to what it was subscribed to.
    """

    async def connect(self) -> None:
        """Connects and subscribes to the user's own channel.

        Returns when the first attempt has ended; the events say how. The transport may go on
        trying until :meth:`close`.
        """
        ...

    async def rpc(self, method: str, data: Any, timeout: float) -> Any:
        """Sends Centrifugo's ``rpc`` command and returns the data of its reply.

        Args:
            method: The name of the method.
            data: What JSON can carry.
            timeout: How long to wait for the reply, in seconds.

        Raises:
            TransportError: Or any exception with the same attributes.
        """
        ...

    async def subscribe(self, channel: str) -> None:
        """Subscribes to a channel other than the user's own; returns once the server accepts.

        Raises:
            TransportError: The server refuses. Or any exception with the same attributes.
        """
        ...

    async def unsubscribe(self, channel: str) -> None:
        """Ends a subscription of :meth:`subscribe`."""
        ...

    async def probe(self) -> None:
        """Checks, while a call waits, that the server still answers.

        Does nothing if the server has sent something in the last :data:`PROBE_SECONDS`. If it does
        not answer, the transport reports the connection as lost and connects again.
        """
        ...

    async def close(self) -> None:
        """Closes the connection for good."""
        ...


class TransportEvents(Protocol):
    """What a transport reports to the client. Codes are Centrifugo's, ``None`` without one."""

    async def connected(self) -> None:
        """Commands can be sent: connected, and subscribed to the user's channel."""
        ...

    async def failed(self, code: int | None, reason: str) -> None:
        """An attempt to connect failed."""
        ...

    async def lost(self, code: int | None, reason: str) -> None:
        """The connection is lost, and so are the replies to commands that were sent."""
        ...

    async def closed(self, code: int | None, reason: str) -> None:
        """The connection is closed for good."""
        ...

    async def publication(self, channel: str, data: Any, tags: Mapping[str, str]) -> None:
        """Something was published on the user's channel or on one that was subscribed to."""
        ...

    async def unsubscribed(self, channel: str, code: int, reason: str) -> None:
        """The server ended a subscription that it had accepted."""
        ...


@dataclass(frozen=True)
class ConnectionTarget:
    """Where and as whom to connect."""

    url: str
    token: str
    user_id: str
    get_token: GetToken | None = None
    """Returns a new token when there is none, or when it has expired or is about to."""


TransportFactory = Callable[[ConnectionTarget, TransportEvents], Transport]
"""Creates a transport that is not connected yet."""

FIRST_SERVER_CODE = 100
"""From here on the codes are Centrifugo's."""
FAILED = 0
"""The :attr:`TransportError.code` of a command that the transport could not send."""
NO_ANSWER = 1
"""The :attr:`TransportError.code` of a command without an answer in time."""
CONNECTION_LOST = 2
"""The :attr:`TransportError.code` of a command whose connection was lost."""


class TransportError(Exception):
    """A command that failed.

    Attributes:
        code: Centrifugo's code from 100 on; below, the server did not answer: ``FAILED``,
            ``NO_ANSWER`` or ``CONNECTION_LOST``.
        message: Centrifugo's message, or what happened.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    @classmethod
    def of(cls, error: Exception) -> TransportError:
        """Reads an exception of a transport, which may not know this class."""
        message, code = getattr(error, "message", None), getattr(error, "code", None)
        if isinstance(message, str) and isinstance(code, int):
            return cls(code, message)
        return cls(FAILED, repr(error))
