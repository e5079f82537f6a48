"""The handler service as an ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from .handlers.context import logger
from .service.call_request import MAX_BODY_BYTES
from .service.handler_service import HandlerService, ServiceResponse, error_response

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


def asgi_app(service: HandlerService, *, path: str = "") -> ASGIApp:
    """Returns the ASGI application of a service, for any ASGI server.

        app = asgi_app(HandlerService(secret=config.handler_service_secret))

    It can be mounted under a prefix, as with Starlette's and FastAPI's ``mount``: the ``root_path``
    of the server or framework is removed. If the server runs the lifespan protocol, it does not
    start if the contract cannot be built.

    Args:
        service: The service.
        path: The prefix of the routes, as in ``/centrifugo-rpc``, if nothing mounts it.
    """
    prefix = "/" + path.strip("/") if path.strip("/") else ""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _answer(service, prefix, scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(service, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})

    return app


async def _live(service: HandlerService, receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        try:
            service.check()
        except Exception as error:
            logger.exception("cannot build the contract")
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
    service.stop()
    await send({"type": "lifespan.shutdown.complete"})


async def _answer(
    service: HandlerService, prefix: str, scope: Scope, receive: Receive, send: Send
) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    route = _route(scope, prefix)
    body = await _read_body(headers, receive)
    if body is None:
        return
    if isinstance(body, ServiceResponse):
        await _send(send, body)
        return
    answer = asyncio.ensure_future(service.handle(route, scope["method"], headers, body))
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not gone.done():
            await _send(send, answer.result())
    finally:
        # The handler, if its caller has gone or the server stops; otherwise the watch.
        answer.cancel()
        gone.cancel()
        await asyncio.gather(answer, gone, return_exceptions=True)


def _route(scope: Scope, prefix: str) -> str:
    """The path below the mount point, without the leading slash."""
    path: str = scope["path"]
    path = path.removeprefix(scope.get("root_path", "").rstrip("/"))
    return path.removeprefix(prefix).removeprefix("/") if path.startswith(f"{prefix}/") else path


async def _read_body(headers: dict[str, str], receive: Receive) -> bytes | ServiceResponse | None:
    """The body; a response if it is too large; ``None`` if the caller has gone."""
    too_large = error_response(413, f"the request body is larger than {MAX_BODY_BYTES} bytes")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BODY_BYTES:
        return too_large
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            return too_large
        if not message.get("more_body", False):
            return bytes(body)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, response: ServiceResponse) -> None:
    headers = {"content-length": str(len(response.body)), **response.headers}
    if response.status == 304:
        del headers["content-length"]
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": encoded})
    await send({"type": "http.response.body", "body": response.body})
