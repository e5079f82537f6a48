from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from centrifugo_rpc_client import CentrifugoRPCClient

from .fake_centrifugo import USER_ID, FakeCentrifugo


@pytest.fixture
async def server() -> AsyncIterator[FakeCentrifugo]:
    async with FakeCentrifugo().running() as server:
        yield server


@pytest.fixture
async def client(server: FakeCentrifugo) -> AsyncIterator[CentrifugoRPCClient]:
    """A connected client whose calls take 5 s at most."""
    async with CentrifugoRPCClient(server.url, "token", USER_ID, timeout=5) as client:
        yield client
