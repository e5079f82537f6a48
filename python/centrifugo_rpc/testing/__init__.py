"""Calls handlers in tests, without a socket."""

from .caller import Caller, connection_context
from .in_memory import ClientClass, InMemoryTransport, create_test_client

__all__ = [
    "Caller",
    "ClientClass",
    "InMemoryTransport",
    "connection_context",
    "create_test_client",
]
