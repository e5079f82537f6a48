"""Where the SDK gets the next token from."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

# The SDK carries no type information: mypy sees Any here.
from centrifuge import UnauthorizedError as SdkUnauthorizedError  # type: ignore[import-untyped]

from .errors import UnauthorizedError

GET_TOKEN_SECONDS = 10.0
"""How long the application's ``get_token`` may take."""

GetToken = Callable[[], Awaitable[str]]


class TokenSource:
    """The application's ``get_token`` as the SDK calls it.

    Attributes:
        renewable: Whether there is a ``get_token``.
        refusal: Why there is no next token, after the SDK was told so.
    """

    def __init__(self, get_token: GetToken | None) -> None:
        self.renewable = get_token is not None
        self.refusal = "the token has expired, and there is no get_token"
        self._get_token = get_token
        self._asking: set[asyncio.Future[str]] = set()

    async def next(self) -> str:
        """The next token.

        Raises:
            SdkUnauthorizedError: There is none, which ends the connection.
            RuntimeError: ``get_token`` failed; the SDK asks again later.
        """
        if self._get_token is None:
            raise SdkUnauthorizedError(self.refusal)
        try:
            token = await self._ask(self._get_token)
        except UnauthorizedError as error:
            self.refusal = f"get_token refused: {error}"
            raise SdkUnauthorizedError(self.refusal) from error
        except Exception as error:
            raise RuntimeError(f"get_token failed: {error!r}") from error
        if not token:
            self.refusal = "get_token gave an empty token"
            raise SdkUnauthorizedError(self.refusal)
        return token

    def close(self) -> None:
        """Nobody waits for a token any more."""
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
