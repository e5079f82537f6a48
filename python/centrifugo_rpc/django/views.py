"""The routes for the gateway and load balancers: see docs/handler-services.md."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from pydantic import ValidationError

from ..handlers.context import logger
from ..service.call_request import MAX_BODY_BYTES
from ..service.handler_service import ServiceResponse, error_response
from .conf import get_config, get_service
from .lifetime import until_handlers_end

View: TypeAlias = Callable[[HttpRequest], Coroutine[Any, Any, HttpResponse]]


def _view(route: str) -> View:
    @csrf_exempt
    @never_cache
    async def view(request: HttpRequest) -> HttpResponse:
        response = await _respond(route, request)
        answer = HttpResponse(response.body, status=response.status)
        # Django's default is text/html, also without a body.
        del answer["Content-Type"]
        for name, value in response.headers.items():
            answer[name] = value
        return answer

    # With ATOMIC_REQUESTS, Django refuses asynchronous views.
    for database in connections:
        transaction.non_atomic_requests(database)(view)
    return view


call = _view("call")
cancel = _view("cancel")
contract = _view("contract")
health = _view("health")


async def _respond(route: str, request: HttpRequest) -> ServiceResponse:
    try:
        if not get_config().enabled:
            return error_response(503, "centrifugo-rpc is not enabled")
        service = get_service()
    except (ValidationError, ImproperlyConfigured) as error:
        logger.error("%s", error)
        return error_response(503, "the service is not configured: see its log")
    # Not request.body, which has the limit of forms and answers with an HTML page.
    body = request.read(MAX_BODY_BYTES + 1)
    async with until_handlers_end():
        return await service.handle(route, request.method or "", request.headers, body)
