"""The handlers in Python, for bench/handler-services.ts: served by uvicorn in three ways.

``service`` is the ASGI application of the package, ``application`` a Django project with its URLs.
``application`` also has a view that Centrifugo's own RPC proxy calls, without a gateway: it checks
params and result as the handler's are, and is the limit of what Django can answer.
"""

import os

import django
from asgiref.typing import ASGIApplication
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, HandlerService, asgi_app, websocket_rpc

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["centrifugo_rpc.django"],
    SECRET_KEY="bench",
)
django.setup()


class TaskStatsParams(BaseModel):
    user_id: str
    include_completed: bool = True


class TaskStatsResult(BaseModel):
    total: int
    completed: int
    pending: int


@websocket_rpc("tasks.get_stats")
async def get_stats(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
    """Counts the tasks of a user."""
    return TaskStatsResult(total=3, completed=1, pending=2)


class ProxyRequest(BaseModel):
    method: str
    user: str
    data: TaskStatsParams


@csrf_exempt
async def proxy(request: HttpRequest) -> HttpResponse:
    """What Centrifugo's RPC proxy calls, with the least that a project would write itself."""
    ProxyRequest.model_validate_json(request.body, strict=True)
    result = TaskStatsResult(total=3, completed=1, pending=2)
    body = f'{{"result":{{"data":{result.model_dump_json()}}}}}'
    return HttpResponse(body, content_type="application/json")


urlpatterns = [
    path("centrifugo-rpc/", include("centrifugo_rpc.django.urls")),
    path("proxy", proxy),
]

application = get_asgi_application()
service: ASGIApplication = asgi_app(
    HandlerService(secret=os.environ["CENTRIFUGO_HANDLER_SERVICE_SECRET"])
)
