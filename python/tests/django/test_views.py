"""The routes for the gateway, as Django serves them."""

import asyncio
import json
from collections.abc import Callable

import pytest
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client, override_settings

from .requests import Connection, call_body, post, post_call, signed
from .sample import rpc
from .settings import CENTRIFUGO_RPC


class TestACall:
    async def test_is_answered_by_its_handler(self) -> None:
        response = await post_call("sample.echo", {"text": "é 日本"})
        assert response.status_code == 200
        assert response["Content-Type"] == "application/json"
        assert json.loads(response.content) == {"result": {"text": "é 日本"}}

    async def test_passes_the_caller_to_the_handler(self) -> None:
        response = await post_call("sample.who")
        assert json.loads(response.content)["result"] == {"user_id": "42", "method": "sample.who"}

    async def test_with_wrong_params_ends_with_the_issues(self) -> None:
        error = json.loads((await post_call("sample.echo", {"text": 1})).content)["error"]
        assert error["code"] == 400
        assert [issue["path"] for issue in error["details"]["issues"]] == [["text"]]

    async def test_without_a_signature_is_refused(self) -> None:
        response = await AsyncClient().post("/rpc/call", data=b"{}", content_type="text/plain")
        assert response.status_code == 401

    async def test_that_is_changed_on_the_way_is_refused(self) -> None:
        body = call_body("sample.echo", {"text": "a"})
        response = await AsyncClient().post(
            "/rpc/call",
            data=body.replace(b'"42"', b'"43"'),
            content_type="application/json",
            headers=signed("call", body),
        )
        assert response.status_code == 401

    def test_is_answered_under_wsgi_too(self) -> None:
        body = call_body("sample.echo", {"text": "a"})
        response = Client(enforce_csrf_checks=True).post(
            "/rpc/call", data=body, content_type="application/json", headers=signed("call", body)
        )
        assert json.loads(response.content) == {"result": {"text": "a"}}

    async def test_may_be_larger_than_a_form(self) -> None:
        text = "x" * 500_000
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
            response = await post_call("sample.echo", {"text": text})
        assert json.loads(response.content) == {"result": {"text": text}}

    async def test_that_is_too_large_is_refused_without_html(self) -> None:
        response = await post(b" " * 20_000_000)
        assert response.status_code == 413
        assert b"<" not in response.content

    async def test_needs_no_middleware_of_a_page(self) -> None:
        middleware = [
            "django.middleware.common.CommonMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ]
        with override_settings(MIDDLEWARE=middleware, APPEND_SLASH=True):
            response = await post_call("sample.echo", {"text": "a"})
        assert json.loads(response.content) == {"result": {"text": "a"}}
        assert not response.cookies

    async def test_needs_no_transaction_around_the_request(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
        response = await post_call("sample.echo", {"text": "a"})
        assert json.loads(response.content) == {"result": {"text": "a"}}

    async def test_is_not_cached(self) -> None:
        response = await post_call("sample.echo", {"text": "a"})
        assert "no-store" in response["Cache-Control"]

    async def test_by_another_http_method_is_refused(self) -> None:
        response = await AsyncClient().get("/rpc/call", headers=signed("call"))
        assert response.status_code == 405


class TestTheContract:
    async def test_has_the_handlers_of_the_apps(self) -> None:
        response = await AsyncClient().get("/rpc/contract", headers=signed("contract"))
        names = [method["name"] for method in json.loads(response.content)["methods"]]
        assert {"sample.echo", "sample.who"} <= set(names)

    async def test_is_not_sent_again_if_unchanged(self) -> None:
        first = await AsyncClient().get("/rpc/contract", headers=signed("contract"))
        headers = {**signed("contract"), "If-None-Match": first["ETag"]}
        second = await AsyncClient().get("/rpc/contract", headers=headers)
        assert (second.status_code, second.content) == (304, b"")
        assert second["ETag"] == first["ETag"]

    async def test_is_named_in_the_answer_to_a_call(self) -> None:
        contract = await AsyncClient().get("/rpc/contract", headers=signed("contract"))
        answer = await post_call("sample.echo", {"text": "a"})
        assert answer["X-RPC-Contract"] == contract["ETag"]


async def test_health_needs_no_signature() -> None:
    response = await AsyncClient().get("/rpc/health")
    assert json.loads(response.content) == {"status": "ok"}


class TestWithout:
    @pytest.mark.parametrize("path", ["/rpc/call", "/rpc/contract", "/rpc/health"])
    async def test_the_integration_every_route_is_unavailable(self, path: str) -> None:
        with override_settings(CENTRIFUGO_RPC={"enabled": False}):
            response = await AsyncClient().get(path)
        assert response.status_code == 503
        assert response["Content-Type"] == "application/json"

    async def test_a_valid_configuration_only_the_log_has_the_reason(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "wrapper_url": "nonsense"}):
            response = await post_call("sample.echo", {"text": "a"})
        assert response.status_code == 503
        assert "CENTRIFUGO_WRAPPER_URL" in caplog.text
        assert b"WRAPPER" not in response.content


def sync_only(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """A middleware as those of before Django 3.1."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    return middleware


@pytest.fixture(autouse=True)
def _fresh() -> None:
    for event in (rpc.started, rpc.cleaning, rpc.may_end, rpc.stopped):
        event.clear()


class TestACallerThatIsGone:
    @pytest.mark.parametrize("method", ["sample.wait", "sample.wait_in_thread"])
    @pytest.mark.parametrize("middleware", [[], [f"{__name__}.sync_only"]])
    async def test_ends_the_handler(self, method: str, middleware: list[str]) -> None:
        with override_settings(MIDDLEWARE=middleware):
            connection = Connection(method)
        assert await asyncio.to_thread(rpc.started.wait, 10)
        connection.close()
        await asyncio.wait_for(connection.ended, 10)
        assert await asyncio.to_thread(rpc.stopped.wait, 10)
        assert connection.sent == []

    async def test_leaves_the_thread_to_a_handler_that_cleans_up(self) -> None:
        connection = Connection("sample.clean_up")
        assert await asyncio.to_thread(rpc.started.wait, 10)
        connection.close()
        assert await asyncio.to_thread(rpc.cleaning.wait, 10)
        ended, _ = await asyncio.wait({connection.ended}, timeout=0.1)
        assert not ended
        rpc.may_end.set()
        await asyncio.wait_for(connection.ended, 10)
        assert rpc.stopped.is_set()


async def test_a_call_waits_for_its_turn_if_too_many_run() -> None:
    with override_settings(CENTRIFUGO_RPC_MAX_CONCURRENT_CALLS=1):
        first = Connection("sample.wait")
        assert await asyncio.to_thread(rpc.started.wait, 10)
        busy = await post(call_body("sample.who", timeout_ms=20))
        assert json.loads(busy.content)["error"]["code"] == 503
        first.close()
        await asyncio.wait_for(first.ended, 10)
        response = await post(call_body("sample.who"))
    assert "result" in json.loads(response.content)


async def test_a_handler_whose_time_is_up_ends_before_its_request() -> None:
    rpc.may_end.set()
    response = await post(call_body("sample.clean_up", timeout_ms=20))
    assert json.loads(response.content)["error"]["code"] == 408
    assert rpc.stopped.is_set()
