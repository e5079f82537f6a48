"""Type-safe RPC over Centrifugo: handlers in Python.

    @websocket_rpc("tasks.get_stats")
    async def get_stats(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
        return TaskStatsResult(total=3, completed=1, pending=2)

A gateway calls the handlers over HTTP.
"""

from .asgi import asgi_app
from .coded_errors import ArgumentTypeError, ArgumentValueError, RegistrationError
from .configuration.config import DjangoCfgCentrifugoConfig
from .contract import Contract, build_contract, contract_json
from .errors import JSON, DeclaredError, ErrorCode, RPCError
from .handlers.context import ConnectionContext
from .handlers.decorator import websocket_rpc
from .handlers.middleware import Middleware, Next
from .handlers.registry import Example, Method, Registry, default_registry
from .publishing.publisher import Publisher
from .publishing.result import ChannelResult, PublishError, PublishResult
from .service.handler_service import HandlerService, ServiceResponse
from .wire.types import Base64, Base64Url, Decimal, Int64, Uint64

__all__ = [
    "JSON",
    "ArgumentTypeError",
    "ArgumentValueError",
    "Base64",
    "Base64Url",
    "ChannelResult",
    "ConnectionContext",
    "Contract",
    "Decimal",
    "DeclaredError",
    "DjangoCfgCentrifugoConfig",
    "ErrorCode",
    "Example",
    "HandlerService",
    "Int64",
    "Method",
    "Middleware",
    "Next",
    "PublishError",
    "PublishResult",
    "Publisher",
    "RPCError",
    "RegistrationError",
    "Registry",
    "ServiceResponse",
    "Uint64",
    "asgi_app",
    "build_contract",
    "contract_json",
    "default_registry",
    "websocket_rpc",
]
