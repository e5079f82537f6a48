"""Where the next token comes from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from .errors import UnauthorizedError

GET_TOKEN_SECONDS = 10.0
"""How long the application's ``get_token`` may take."""

GetToken = Callable[[], Awaitable[str]]


class TokenSource:
    """Asks the application's ``get_token``.

    Attributes:
        renewable: Whether there is a ``get_token``.
        refusal: Why :meth:`next` returned no token, after it has raised.
    """

    def __init__(self, get_token: GetToken | None) -> None:
        self.renewable = get_token is not None
        self.refusal = "the token has expired, and there is no get_token"
        self._get_token = get_token
        self._asking: set[asyncio.Future[str]] = set()

    async def next(self) -> str:
        """Returns the next token.

        Raises:
            UnauthorizedError: There is none, which ends the connection.
            RuntimeError: ``get_token`` failed and may be asked again later.
        """
        if self._get_token is None:
            raise UnauthorizedError(self.refusal)
        try:
            token = await self._ask(self._get_token)
        except UnauthorizedError as error:
            self.refusal = f"get_token refused: {error}"
            raise UnauthorizedError(self.refusal) from error
        except Exception as error:
            raise RuntimeError(f"get_token failed: {error!r}") from error
        if not token:
            self.refusal = "get_token returned an empty token"
            raise UnauthorizedError(self.refusal)
        return token

    def close(self) -> None:
        """Cancels what is being asked: the connection is closed."""
        for asking in self._asking:
            asking.cancel()

    async def _ask(self, get_token: GetToken) -> str:
        asking = asyncio.ensure_future(get_token())
        self._asking.add(asking)
        try:
            # Not wait_for(), which can swallow a cancellation before Python 3.12.
            await asyncio.wait({asking}, timeout=GET_TOKEN_SECONDS)
            if not asking.done():
                raise TimeoutError(f"no token after {GET_TOKEN_SECONDS:g} s")
            return asking.result()
        finally:
            self._asking.discard(asking)
            asking.cancel()
