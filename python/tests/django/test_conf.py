"""Where a Django project's configuration comes from."""

import logging

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings
from pydantic import ValidationError

from centrifugo_rpc import ConnectionContext, Next
from centrifugo_rpc.configuration.config import DjangoCfgCentrifugoConfig, variable_of
from centrifugo_rpc.django import get_config, get_publisher
from centrifugo_rpc.django.checks import check_config
from centrifugo_rpc.django.conf import get_service, max_concurrent_calls
from centrifugo_rpc.handlers.context import logger

from .requests import post_call
from .settings import CENTRIFUGO_RPC


class TestTheConfiguration:
    def test_is_the_dict_of_the_settings(self) -> None:
        assert get_config().wrapper_url == CENTRIFUGO_RPC["wrapper_url"]

    def test_is_the_object_of_the_settings(self) -> None:
        config = DjangoCfgCentrifugoConfig(enabled=False)
        with override_settings(CENTRIFUGO_RPC=config):
            assert get_config() is config

    def test_reads_fields_that_the_dict_lacks_from_the_environment(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CENTRIFUGO_ACK_TIMEOUT", "12")
        with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC}):
            assert get_config().ack_timeout == 12

    def test_comes_from_the_environment_without_the_setting(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for field, value in CENTRIFUGO_RPC.items():
            monkeypatch.setenv(variable_of(field), str(value))
        with override_settings(CENTRIFUGO_RPC=None):
            assert get_config().wrapper_url == CENTRIFUGO_RPC["wrapper_url"]

    def test_of_another_type_is_refused(self) -> None:
        with (
            override_settings(CENTRIFUGO_RPC="on"),
            pytest.raises(ImproperlyConfigured, match=r"CENTRIFUGO_RPC is a str"),
        ):
            get_config()

    def test_names_a_field_that_is_wrong(self) -> None:
        with (
            override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "ack_timeout": 0}),
            pytest.raises(ValidationError, match="CENTRIFUGO_ACK_TIMEOUT"),
        ):
            get_config()

    def test_is_made_once_and_again_when_the_setting_changes(self) -> None:
        publisher, service = get_publisher(), get_service()
        assert get_publisher() is publisher
        with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "ack_timeout": 7}):
            assert get_config().ack_timeout == 7
            assert get_publisher() is not publisher
            assert get_service() is not service


class TestTheLogLevel:
    @pytest.mark.parametrize(
        ("log_level", "level"), [("WARNING", logging.WARNING), ("NONE", logging.CRITICAL + 1)]
    )
    def test_is_that_of_the_logger(
        self, log_level: str, level: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(logger, "level", logging.NOTSET)
        with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "log_level": log_level}):
            get_service()
        assert logger.level == level

    def test_is_left_to_the_projects_logging(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(logger, "level", logging.ERROR)
        with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "log_level": "DEBUG"}):
            get_service()
        assert logger.level == logging.ERROR


def shouting(next: Next) -> Next:
    """Middleware: the handler hears the text in upper case."""

    async def run(conn: ConnectionContext, params: object) -> object:
        params.text = params.text.upper()  # type: ignore[attr-defined]
        return await next(conn, params)

    return run


no_function = "no function"


class TestTheMiddleware:
    async def test_of_the_settings_runs_around_handlers(self) -> None:
        with override_settings(CENTRIFUGO_RPC_MIDDLEWARE=[f"{__name__}.shouting"]):
            response = await post_call("sample.echo", {"text": "hello"})
        assert response.content == b'{"result":{"text":"HELLO"}}'

    @pytest.mark.parametrize("path", ["nowhere.at_all", f"{__name__}.absent", "shouting"])
    async def test_that_is_not_there_is_refused(self, path: str) -> None:
        with (
            override_settings(CENTRIFUGO_RPC_MIDDLEWARE=[path]),
            pytest.raises(ImproperlyConfigured, match="CENTRIFUGO_RPC_MIDDLEWARE"),
        ):
            get_service()

    async def test_that_is_not_a_function_is_refused(self) -> None:
        with (
            override_settings(CENTRIFUGO_RPC_MIDDLEWARE=[f"{__name__}.no_function"]),
            pytest.raises(ImproperlyConfigured, match="no_function is not a function"),
        ):
            get_service()


class TestTheNumberOfConcurrentCalls:
    def test_has_a_default_that_leaves_connections_to_the_database(self) -> None:
        assert max_concurrent_calls() == 20

    @pytest.mark.parametrize("count", [1, 500, None])
    def test_can_be_set(self, count: int | None) -> None:
        with override_settings(CENTRIFUGO_RPC_MAX_CONCURRENT_CALLS=count):
            assert max_concurrent_calls() == count
            get_service()

    @pytest.mark.parametrize("count", [0, -1, True, 1.5, "20"])
    def test_is_checked(self, count: object) -> None:
        with override_settings(CENTRIFUGO_RPC_MAX_CONCURRENT_CALLS=count):
            [error] = check_config()
        assert error.id == "centrifugo_rpc.E002"
        assert f"CENTRIFUGO_RPC_MAX_CONCURRENT_CALLS is {count!r}" in error.msg
