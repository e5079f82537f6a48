"""What ``manage.py check`` says."""

import pytest
from django.core.checks import CheckMessage, run_checks
from django.test import override_settings
from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc
from centrifugo_rpc.django import checks
from centrifugo_rpc.django.conf import get_service

from .settings import CENTRIFUGO_RPC


def check(*, deploy: bool = False) -> list[CheckMessage]:
    messages = run_checks(tags=[checks.TAG], include_deployment_checks=deploy)
    return sorted(messages, key=lambda message: message.msg)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """In place of the one with the handlers of the sample."""
    registry = Registry()
    monkeypatch.setattr(checks, "default_registry", lambda: registry)
    return registry


def test_a_correct_project_has_no_messages() -> None:
    assert check(deploy=True) == []


def test_a_project_that_does_not_publish_needs_no_gateway() -> None:
    config = {name: CENTRIFUGO_RPC[name] for name in CENTRIFUGO_RPC if "wrapper" not in name}
    with override_settings(CENTRIFUGO_RPC=config):
        assert check(deploy=True) == []
        assert get_service() is not None


def test_each_wrong_field_is_an_error_with_its_variable_and_without_its_value() -> None:
    wrong = {**CENTRIFUGO_RPC, "wrapper_url": "hunter2", "ack_timeout": "hunter2"}
    del wrong["centrifugo_api_key"]
    with override_settings(CENTRIFUGO_RPC=wrong):
        messages = check()
    assert [message.id for message in messages] == ["centrifugo_rpc.E001"] * 3
    for message, variable in zip(
        messages,
        ["CENTRIFUGO_ACK_TIMEOUT", "CENTRIFUGO_API_KEY", "CENTRIFUGO_WRAPPER_URL"],
        strict=True,
    ):
        assert variable in str(message.hint)
        assert "hunter2" not in str(message)


def test_a_field_that_does_not_exist_is_an_error() -> None:
    with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "colour": "red"}):
        (message,) = check()
    assert message.id == "centrifugo_rpc.E001"
    assert "colour" in message.msg
    assert message.hint == "Remove it from settings.CENTRIFUGO_RPC."


@pytest.mark.parametrize(
    "settings", [{"CENTRIFUGO_RPC": 1}, {"CENTRIFUGO_RPC_MIDDLEWARE": ["nowhere.at_all"]}]
)
def test_a_setting_that_is_wrong_as_a_whole_is_an_error(settings: dict[str, object]) -> None:
    with override_settings(**settings):
        assert [message.id for message in check()] == ["centrifugo_rpc.E002"]


def test_a_project_without_handlers_has_a_warning(registry: Registry) -> None:
    assert [message.id for message in check()] == ["centrifugo_rpc.W001"]


def test_a_method_that_cannot_be_expressed_is_an_error_with_its_place(registry: Registry) -> None:
    class Picture(BaseModel):
        size: complex

    @websocket_rpc("pictures.get", registry=registry)
    async def get(conn: ConnectionContext, params: Picture) -> None: ...

    (message,) = check()
    assert message.id == "centrifugo_rpc.E003"
    assert "pictures.get" in message.msg


def test_urls_that_are_not_included_are_a_warning() -> None:
    with override_settings(ROOT_URLCONF="tests.django.empty_urls"):
        (message,) = check()
    assert message.id == "centrifugo_rpc.W002"


def test_secrets_that_can_be_guessed_are_a_warning_when_deploying() -> None:
    with override_settings(CENTRIFUGO_RPC={**CENTRIFUGO_RPC, "wrapper_api_key": "hunter2"}):
        assert check() == []
        (message,) = check(deploy=True)
    assert message.id == "centrifugo_rpc.W003"
    assert "CENTRIFUGO_WRAPPER_API_KEY" in message.msg
    assert "hunter2" not in str(message)


def test_without_the_integration_nothing_is_wrong(registry: Registry) -> None:
    with override_settings(
        CENTRIFUGO_RPC={"enabled": False},
        CENTRIFUGO_RPC_MIDDLEWARE=["nowhere.at_all"],
        ROOT_URLCONF="tests.django.empty_urls",
    ):
        assert check(deploy=True) == []
