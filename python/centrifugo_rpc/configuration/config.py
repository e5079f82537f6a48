"""The configuration, from code and environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from typing_extensions import Self

from .derived_secrets import derive, derived_secret
from .fields import (
    CODE,
    Flag,
    HeaderSecret,
    HttpUrl,
    LogLevel,
    Seconds,
    SigningSecret,
    WebSocketUrl,
    read_flag,
)


class DjangoCfgCentrifugoConfig(BaseModel):
    """The configuration of the integration, for Django projects and others.

    A field that is not passed is read from its environment variable, ``CENTRIFUGO_`` and the
    field's name in upper case (``CENTRIFUGO_URL`` for ``centrifugo_url``); if that is not set
    either, it has its default. Empty strings count as not set. With ``enabled=False``, no other
    field is read or required, and all strings are empty.

        config = DjangoCfgCentrifugoConfig()  # everything from the environment
        config = DjangoCfgCentrifugoConfig(ack_timeout=10, log_level="WARNING")

    Attributes:
        enabled: Whether the integration is on. Default: true.
        wrapper_url: URL of the gateway ("wrapper") service, usually ``http://localhost:8001``.
            Only publishing needs it and its key. Set both or neither.
        wrapper_api_key: API key of the gateway.
        centrifugo_url: WebSocket URL of Centrifugo, usually
            ``ws://localhost:8000/connection/websocket``.
        centrifugo_api_url: URL of Centrifugo's HTTP API, usually ``http://localhost:8000/api``.
        centrifugo_api_key: API key of Centrifugo.
        centrifugo_token_hmac_secret: HMAC secret that signs the users' tokens.
        proxy_secret: The value of ``X-Proxy-Secret`` in Centrifugo's proxy requests. Default:
            derived from ``centrifugo_token_hmac_secret``.
        handler_service_secret: The secret that signs the gateway's requests to handler services.
            Default: derived from ``centrifugo_token_hmac_secret``.
        ack_timeout: How long to wait for a call or an acknowledgement, in seconds: 1 to 300.
            Default: 30.
        log_level: The lowest level that is logged. Default: ``INFO``.
        log_all_calls: Whether every call is written to the call log. Default: true.
        log_only_with_ack: Whether only calls that wait for an acknowledgement are written.
            Default: false.

    Raises:
        pydantic.ValidationError: It lists every invalid or missing field with its variable and the
            valid values, but not its value. The type of each error is ``CRPC_CONFIG_INVALID``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    enabled: Flag = True
    wrapper_url: HttpUrl = ""
    wrapper_api_key: HeaderSecret = SecretStr("")
    centrifugo_url: WebSocketUrl = ""
    centrifugo_api_url: HttpUrl = ""
    centrifugo_api_key: HeaderSecret = SecretStr("")
    centrifugo_token_hmac_secret: SigningSecret = SecretStr("")
    proxy_secret: HeaderSecret = SecretStr("")
    handler_service_secret: SigningSecret = SecretStr("")
    ack_timeout: Seconds = 30
    log_level: LogLevel = "INFO"
    log_all_calls: Flag = True
    log_only_with_ack: Flag = False

    if TYPE_CHECKING:
        # The constructor accepts more types than the fields have.
        def __init__(
            self,
            *,
            enabled: bool | str | None = None,
            wrapper_url: str | None = None,
            wrapper_api_key: str | SecretStr | None = None,
            centrifugo_url: str | None = None,
            centrifugo_api_url: str | None = None,
            centrifugo_api_key: str | SecretStr | None = None,
            centrifugo_token_hmac_secret: str | SecretStr | None = None,
            proxy_secret: str | SecretStr | None = None,
            handler_service_secret: str | SecretStr | None = None,
            ack_timeout: int | str | None = None,
            log_level: str | None = None,
            log_all_calls: bool | str | None = None,
            log_only_with_ack: bool | str | None = None,
        ) -> None: ...

    @model_validator(mode="wrap")
    @classmethod
    def _from_everywhere(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        if not isinstance(data, Mapping):
            return handler(data)
        given = {
            name: value
            for name, value in cast("Mapping[str, Any]", data).items()
            if value is not None and value != "" and (name, value) != _NO_GATEWAY_KEY
        }
        variables = {name: os.environ.get(variable_of(name), "") for name in cls.model_fields}
        values = {name: value for name, value in variables.items() if value} | given
        if _is_off(values):
            return handler({"enabled": False})
        problems = {
            name: f"is missing: set {variable_of(name)}, or pass it in the code"
            for name in _required(values)
            if name not in values
        }
        try:
            config = handler(_with_derived_secrets(values))
        except ValidationError as error:
            problems |= _in_words(error, given)
        else:
            if not problems:
                return config
        raise _error_of(cls, problems) from None


_FOR_PUBLISHING = ("wrapper_url", "wrapper_api_key")
_NO_GATEWAY_KEY = ("wrapper_api_key", SecretStr(""))  # in a dump of such a configuration
_ALWAYS = (
    "centrifugo_url",
    "centrifugo_api_url",
    "centrifugo_api_key",
    "centrifugo_token_hmac_secret",
)


def _required(values: Mapping[str, Any]) -> tuple[str, ...]:
    publishes = any(name in values for name in _FOR_PUBLISHING)
    return (*_FOR_PUBLISHING, *_ALWAYS) if publishes else _ALWAYS


def variable_of(field: str) -> str:
    """Returns the environment variable of a field."""
    return "CENTRIFUGO_" + field.removeprefix("centrifugo_").upper()


def _is_off(values: Mapping[str, Any]) -> bool:
    try:
        return not read_flag(values.get("enabled", True))
    except PydanticCustomError:
        return False


def _with_derived_secrets(values: dict[str, Any]) -> dict[str, Any]:
    secret = values.get("centrifugo_token_hmac_secret")
    text = secret.get_secret_value() if isinstance(secret, SecretStr) else secret
    if not isinstance(text, str):
        return values
    derived = {
        "proxy_secret": derive(text, "centrifugo-rpc proxy secret"),
        "handler_service_secret": derived_secret(text),
    }
    return derived | values


def _in_words(error: ValidationError, given: Mapping[str, Any]) -> dict[str, str]:
    """The problem of each field, with the source of its value."""
    problems: dict[str, str] = {}
    for details in error.errors(include_url=False, include_context=False, include_input=False):
        name = str(details["loc"][0])
        if details["type"] == "extra_forbidden":
            problems[name] = "is not a field" + _hint(name)
        else:
            variable = variable_of(name)
            place = (
                f"passed in the code; its variable is {variable}"
                if name in given
                else f"{variable} in the environment"
            )
            problems[name] = f"{details['msg']} ({place})"
    return problems


def _hint(name: str) -> str:
    def plain(text: str) -> str:
        return text.replace("_", "").lower()

    fields = DjangoCfgCentrifugoConfig.model_fields
    meant = next((field for field in fields if plain(field) == plain(name)), None)
    return f": write {meant}" if meant else f": the fields are {', '.join(fields)}"


def _error_of(cls: type[BaseModel], problems: Mapping[str, str]) -> ValidationError:
    in_order = sorted(problems, key=[*cls.model_fields, *problems].index)
    errors = [
        InitErrorDetails(
            type=PydanticCustomError(CODE, "{problem}", {"problem": problems[name]}),
            loc=(name,),
            input=None,  # the value may be a secret
        )
        for name in in_order
    ]
    return ValidationError.from_exception_data(cls.__name__, errors, hide_input=True)
