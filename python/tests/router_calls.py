"""Calls of a registry's handlers through a router."""

from __future__ import annotations

from typing import Any

import pytest

from centrifugo_rpc import Registry, RPCError
from centrifugo_rpc.handlers.router import Router
from centrifugo_rpc.testing import connection_context


async def call(registry: Registry, method: str, params: Any = None, *middleware: Any) -> bytes:
    result = await Router(registry, middleware).call(connection_context(method=method), params)
    return result.json


async def failure(registry: Registry, method: str, params: Any = None) -> RPCError:
    with pytest.raises(RPCError) as caught:
        await call(registry, method, params)
    return caught.value
