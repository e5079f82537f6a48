"""Type-safe RPC over Centrifugo: handlers in Python.

@websocket_rpc("tasks.get_stats")
async def get_stats(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
return TaskStatsResult(total=3, completed=1, pending=2)
"""

from .config import DjangoCfgCentrifugoConfig
from .context import ConnectionContext
from .decorator import websocket_rpc
from .errors import JSON, DeclaredError, ErrorCode, RPCError
from .middleware import Middleware, Next
from .publish_result import ChannelResult, PublishError, PublishResult
from .publisher import Publisher
from .registry import Example, Method, Registry, default_registry

__all__ = [
    "JSON",
    "ChannelResult",
    "ConnectionContext",
    "DeclaredError",
    "DjangoCfgCentrifugoConfig",
    "ErrorCode",
    "Example",
    "Method",
    "Middleware",
    "Next",
    "PublishError",
    "PublishResult",
    "Publisher",
    "RPCError",
    "Registry",
    "default_registry",
    "websocket_rpc",
]
