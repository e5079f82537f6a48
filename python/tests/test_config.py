from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from centrifugo_rpc import DjangoCfgCentrifugoConfig, Publisher

GIVEN: dict[str, Any] = {
    "wrapper_url": "http://localhost:8001",
    "wrapper_api_key": "wrapper-key",
    "centrifugo_url": "ws://localhost:8000/connection/websocket",
    "centrifugo_api_url": "http://localhost:8000/api",
    "centrifugo_api_key": "api-key",
    "centrifugo_token_hmac_secret": "secret",
}

ENVIRONMENT = {
    "CENTRIFUGO_ENABLED": "true",
    "CENTRIFUGO_WRAPPER_URL": "https://gateway",
    "CENTRIFUGO_WRAPPER_API_KEY": "env-wrapper-key",
    "CENTRIFUGO_URL": "wss://rt.example.com/connection/websocket",
    "CENTRIFUGO_API_URL": "https://centrifugo/api",
    "CENTRIFUGO_API_KEY": "env-api-key",
    "CENTRIFUGO_TOKEN_HMAC_SECRET": "env-secret",
    "CENTRIFUGO_PROXY_SECRET": "env-proxy-secret",
    "CENTRIFUGO_HANDLER_SERVICE_SECRET": "env-service-secret",
    "CENTRIFUGO_ACK_TIMEOUT": "10",
    "CENTRIFUGO_LOG_LEVEL": "ERROR",
    "CENTRIFUGO_LOG_ALL_CALLS": "false",
    "CENTRIFUGO_LOG_ONLY_WITH_ACK": "true",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("CENTRIFUGO_"):
            monkeypatch.delenv(name)
    return monkeypatch


def plain(config: DjangoCfgCentrifugoConfig) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(config, name) for name in type(config).model_fields}
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in values.items()
    }


def problems(**given: Any) -> dict[str, str]:
    with pytest.raises(ValidationError) as caught:
        DjangoCfgCentrifugoConfig(**given)
    return {str(error["loc"][0]): error["msg"] for error in caught.value.errors()}


def test_has_the_defaults_of_the_reference() -> None:
    config = DjangoCfgCentrifugoConfig(**GIVEN)
    assert plain(config) == {
        **GIVEN,
        "enabled": True,
        "proxy_secret": "0R_P4ecsK4onhy_SDP-c63nTcQ2eSwNga5rj-zdDqDU",
        "handler_service_secret": "H62Uy6g15l1Ldm9f3o2RO5Ol6bxreruAyGMCduuskYc",
        "ack_timeout": 30,
        "log_level": "INFO",
        "log_all_calls": True,
        "log_only_with_ack": False,
    }


def test_every_field_has_an_environment_variable(environment: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        environment.setenv(name, value)
    assert plain(DjangoCfgCentrifugoConfig()) == {
        "enabled": True,
        "wrapper_url": "https://gateway",
        "wrapper_api_key": "env-wrapper-key",
        "centrifugo_url": "wss://rt.example.com/connection/websocket",
        "centrifugo_api_url": "https://centrifugo/api",
        "centrifugo_api_key": "env-api-key",
        "centrifugo_token_hmac_secret": "env-secret",
        "proxy_secret": "env-proxy-secret",
        "handler_service_secret": "env-service-secret",
        "ack_timeout": 10,
        "log_level": "ERROR",
        "log_all_calls": False,
        "log_only_with_ack": True,
    }


def test_arguments_win_over_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CENTRIFUGO_ACK_TIMEOUT", "wrong")
    environment.setenv("CENTRIFUGO_WRAPPER_URL", "wrong")
    config = DjangoCfgCentrifugoConfig(**GIVEN, ack_timeout=20)
    assert (config.ack_timeout, config.wrapper_url) == (20, "http://localhost:8001")


def test_empty_strings_count_as_not_given(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CENTRIFUGO_ACK_TIMEOUT", "")
    environment.setenv("CENTRIFUGO_API_KEY", "env-api-key")
    config = DjangoCfgCentrifugoConfig(**{**GIVEN, "centrifugo_api_key": "", "log_level": None})
    assert (config.ack_timeout, config.log_level) == (30, "INFO")
    assert config.centrifugo_api_key.get_secret_value() == "env-api-key"


@pytest.mark.parametrize("off", [False, "false", "0", "no", "OFF"])
def test_when_it_is_off_nothing_else_is_read(
    off: bool | str, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("CENTRIFUGO_ACK_TIMEOUT", "wrong")
    config = DjangoCfgCentrifugoConfig(enabled=off, log_level="wrong")
    assert plain(config) == {
        **dict.fromkeys(GIVEN, ""),
        "enabled": False,
        "proxy_secret": "",
        "handler_service_secret": "",
        "ack_timeout": 30,
        "log_level": "INFO",
        "log_all_calls": True,
        "log_only_with_ack": False,
    }


def test_it_can_be_turned_off_by_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CENTRIFUGO_ENABLED", "false")
    assert DjangoCfgCentrifugoConfig().enabled is False


@pytest.mark.parametrize("text", [" 20 ", "020", "20\n"])
def test_seconds_are_read_from_strings_as_the_gateway_reads_them(text: str) -> None:
    assert DjangoCfgCentrifugoConfig(**GIVEN, ack_timeout=text).ack_timeout == 20


def missing(**variables: str) -> dict[str, str]:
    return {
        name: f"is missing: set {variable}, or pass it in the code"
        for name, variable in variables.items()
    }


def test_all_missing_fields_are_listed() -> None:
    assert problems() == missing(
        centrifugo_url="CENTRIFUGO_URL",
        centrifugo_api_url="CENTRIFUGO_API_URL",
        centrifugo_api_key="CENTRIFUGO_API_KEY",
        centrifugo_token_hmac_secret="CENTRIFUGO_TOKEN_HMAC_SECRET",
    )


def test_the_gateway_is_only_needed_for_publishing_and_then_with_its_key() -> None:
    others = {name: GIVEN[name] for name in GIVEN if not name.startswith("wrapper_")}
    config = DjangoCfgCentrifugoConfig(**others)
    assert (config.wrapper_url, config.wrapper_api_key.get_secret_value()) == ("", "")
    assert DjangoCfgCentrifugoConfig(**config.model_dump()) == config
    with pytest.raises(ValueError, match="set CENTRIFUGO_WRAPPER_URL and CENTRIFUGO_WRAPPER_API"):
        Publisher.from_config(config)
    url, key = "CENTRIFUGO_WRAPPER_URL", "CENTRIFUGO_WRAPPER_API_KEY"
    assert problems(**others, wrapper_url="http://gateway") == missing(wrapper_api_key=key)
    assert problems(**others, wrapper_api_key="key") == missing(wrapper_url=url)


URL = "must be a URL that starts with http:// or https://"
HOST = "must be a URL, in ASCII, with a host and without white space"
KEY = "must be printable ASCII without white space around it"
SIGNING = "must not be empty or have white space around it"
SECONDS = "must be a whole number of seconds from 1 to 300"
LEVEL = "must be DEBUG, INFO, WARNING, ERROR or NONE"
FLAG = "must be true or false"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("enabled", "maybe", FLAG),
        ("wrapper_url", "localhost:8001", URL),
        ("wrapper_url", "ws://localhost", URL),
        ("wrapper_url", "http://", HOST),
        ("wrapper_url", "http://host:port", HOST),
        ("wrapper_url", "http://host:99999", HOST),
        ("wrapper_url", "http://[::1", HOST),
        ("wrapper_url", "http://a b", HOST),
        ("wrapper_url", "http://host\n", HOST),
        ("wrapper_url", "http://geheim@host", "must not contain a user name or a password"),
        ("centrifugo_url", "http://host", "must be a URL that starts with ws:// or wss://"),
        ("centrifugo_url", "wss://u:geheim@h", "must not contain a user name or a password"),
        ("centrifugo_api_url", 5, URL),
        ("wrapper_api_key", "geheim\n", KEY),
        ("wrapper_api_key", "geheim-ü", KEY),
        ("wrapper_api_key", 5, "must be a string"),
        ("centrifugo_api_key", " geheim", KEY),
        ("proxy_secret", "geheim\t", KEY),
        ("centrifugo_token_hmac_secret", "geheim\n", SIGNING),
        ("handler_service_secret", SecretStr(" geheim"), SIGNING),
        ("handler_service_secret", SecretStr(""), SIGNING),
        ("ack_timeout", 0, SECONDS),
        ("ack_timeout", 301, SECONDS),
        ("ack_timeout", 1.5, SECONDS),
        ("ack_timeout", True, SECONDS),
        ("ack_timeout", "soon", SECONDS),
        ("ack_timeout", "9" * 5000, SECONDS),
        ("log_level", "LOUD", LEVEL),
        ("log_level", 10, LEVEL),
        ("log_all_calls", "maybe", FLAG),
        ("log_all_calls", 2, FLAG),
    ],
)
def test_a_wrong_field_is_reported_with_its_variable_and_without_its_value(
    field: str, value: Any, message: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        DjangoCfgCentrifugoConfig(**{**GIVEN, field: value})
    (error,) = caught.value.errors()
    variable = "CENTRIFUGO_" + field.removeprefix("centrifugo_").upper()
    assert error["loc"] == (field,)
    assert error["msg"] == f"{message} (passed in the code; its variable is {variable})"
    for text in (str(caught.value), repr(caught.value), str(caught.value.errors())):
        assert "geheim" not in text
    assert caught.value.__cause__ is None


def test_a_wrong_variable_is_reported(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CENTRIFUGO_ACK_TIMEOUT", "geheim")
    message = f"{SECONDS} (CENTRIFUGO_ACK_TIMEOUT in the environment)"
    assert problems(**GIVEN) == {"ack_timeout": message}


def test_all_problems_are_listed_in_the_order_of_the_fields() -> None:
    wrong = {"log_level": "LOUD", "enabled": "maybe", "wrapperUrl": "http://x"}
    found = problems(**{**GIVEN, "centrifugo_api_key": None, **wrong})
    assert list(found) == ["enabled", "centrifugo_api_key", "log_level", "wrapperUrl"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrapperUrl", "is not a field: write wrapper_url"),
        ("CENTRIFUGO_URL", "is not a field: write centrifugo_url"),
        ("timeout", "is not a field: the fields are enabled, wrapper_url, "),
    ],
)
def test_a_field_that_does_not_exist_is_refused(name: str, message: str) -> None:
    assert problems(**GIVEN, **{name: "geheim"})[name].startswith(message)


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ("debug", "DEBUG"),
        ("trace", "DEBUG"),
        ("Info", "INFO"),
        ("warn", "WARNING"),
        ("warning", "WARNING"),
        ("fatal", "ERROR"),
        ("none", "NONE"),
    ],
)
def test_log_levels_may_have_the_names_of_centrifugo(given: str, level: str) -> None:
    assert DjangoCfgCentrifugoConfig(**GIVEN, log_level=given).log_level == level


@pytest.mark.parametrize(
    ("given", "flag"),
    [("1", True), ("yes", True), ("On", True), ("0", False), ("no", False), ("off", False)],
)
def test_flags_may_be_strings(given: str, flag: bool) -> None:
    assert DjangoCfgCentrifugoConfig(**GIVEN, log_only_with_ack=given).log_only_with_ack is flag


def test_secrets_are_not_shown() -> None:
    config = DjangoCfgCentrifugoConfig(**GIVEN)
    shown = f"{config} {config!r} {config.model_dump()} {config.model_dump_json()}"
    for secret in ("wrapper-key", "api-key", "'secret'", "H62Uy6g15l"):
        assert secret not in shown


def test_it_cannot_be_changed() -> None:
    config = DjangoCfgCentrifugoConfig(**GIVEN)
    with pytest.raises(ValidationError):
        config.ack_timeout = 3
    assert hash(config) == hash(DjangoCfgCentrifugoConfig(**GIVEN))


def test_it_is_read_from_a_mapping() -> None:
    mapping: Mapping[str, Any] = GIVEN
    assert DjangoCfgCentrifugoConfig.model_validate(mapping).enabled
    with pytest.raises(ValidationError):
        DjangoCfgCentrifugoConfig.model_validate(3)
