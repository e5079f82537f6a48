"""Calls the handlers of a centrifugo-rpc gateway over Centrifugo.

    async with CentrifugoRPCClient(url, token, user_id) as rpc:
        stats = await rpc.call("tasks.get_stats", {"user_id": "123"})

Needs Python 3.10 or later and ``centrifuge-python``.
"""

from .client import CallOptions, CentrifugoRPCClient
from .contract_check import ClientContract, ContractMismatch, ContractVerdict
from .errors import ErrorCode, RPCConnectionError, RPCError, UnauthorizedError
from .subscriptions import ChannelMessage, Subscription

__all__ = [
    "CallOptions",
    "CentrifugoRPCClient",
    "ChannelMessage",
    "ClientContract",
    "ContractMismatch",
    "ContractVerdict",
    "ErrorCode",
    "RPCConnectionError",
    "RPCError",
    "Subscription",
    "UnauthorizedError",
]
