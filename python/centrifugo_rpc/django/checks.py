"""The system checks of ``manage.py check`` for the configuration and the handlers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse
from pydantic import ValidationError

from ..configuration.config import DjangoCfgCentrifugoConfig, variable_of
from ..generate import GenerateError, registry_contract
from ..handlers.registry import default_registry
from .conf import (
    CALL_CACHE_SETTING,
    CONFIG_SETTING,
    get_config,
    load_middleware,
    max_concurrent_calls,
    shared_calls,
)

Check: TypeAlias = Callable[..., Sequence[CheckMessage]]

TAG = "centrifugo_rpc"

# The size of the hash of HS256: https://www.rfc-editor.org/rfc/rfc7518#section-3.2
_ENOUGH_BYTES = 32

_SECRETS = (
    "wrapper_api_key",
    "centrifugo_api_key",
    "centrifugo_token_hmac_secret",
    "handler_service_secret",
)


def check_config(**_: Any) -> Sequence[CheckMessage]:
    """E001: one error for each wrong field. E002: a setting is wrong as a whole."""
    try:
        if get_config().enabled:
            load_middleware()
            max_concurrent_calls()
            shared_calls()
    except ValidationError as error:
        return [
            Error(
                f"{'.'.join(map(str, issue['loc']))}: {issue['msg']}",
                hint=_config_hint(issue["loc"]),
                id="centrifugo_rpc.E001",
            )
            for issue in error.errors(include_input=False, include_url=False, include_context=False)
        ]
    except ImproperlyConfigured as error:
        return [Error(str(error), id="centrifugo_rpc.E002")]
    return []


def _config_hint(location: tuple[int | str, ...]) -> str:
    field = str(location[0]) if location else ""
    if field not in DjangoCfgCentrifugoConfig.model_fields:
        return f"Remove it from settings.{CONFIG_SETTING}."
    return f"Set {variable_of(field)} in the environment, or {field} in settings.{CONFIG_SETTING}."


def check_handlers(**_: Any) -> Sequence[CheckMessage]:
    """E003: the contract cannot be built. W001: there is no handler."""
    if not _is_enabled():
        return []
    if len(default_registry()) == 0:
        return [
            Warning(
                "No handler was found.",
                hint="Register them in the module rpc of an installed app, with @websocket_rpc.",
                id="centrifugo_rpc.W001",
            )
        ]
    try:
        registry_contract(default_registry())
    except GenerateError as error:
        return [
            Error(
                f"The contract of the handlers cannot be built: {error}", id="centrifugo_rpc.E003"
            )
        ]
    return []


def check_urls(**_: Any) -> Sequence[CheckMessage]:
    """W002: the URLs of the handlers are not included."""
    if not _is_enabled():
        return []
    try:
        reverse("centrifugo_rpc:call")
    except NoReverseMatch:
        return [
            Warning(
                "The gateway cannot reach the handlers: their URLs are not included.",
                hint=(
                    'Add path("centrifugo-rpc/", include("centrifugo_rpc.django.urls")) '
                    "to the URL configuration."
                ),
                id="centrifugo_rpc.W002",
            )
        ]
    return []


def check_secrets(**_: Any) -> Sequence[CheckMessage]:
    """W003, with ``--deploy``: a secret is too short."""
    if not _is_enabled():
        return []
    config = get_config()
    return [
        Warning(
            f"{variable_of(field)} has fewer than {_ENOUGH_BYTES} bytes and can be guessed.",
            hint="Create one with: openssl rand -base64 32",
            id="centrifugo_rpc.W003",
        )
        for field in _SECRETS
        if 0 < len(getattr(config, field).get_secret_value().encode()) < _ENOUGH_BYTES
    ]


# They do not share their content, or do not add a value in one step, or drop values at random.
_UNSUITABLE_CACHES = ("DatabaseCache", "DummyCache", "FileBasedCache", "LocMemCache")


def check_call_cache(**_: Any) -> Sequence[CheckMessage]:
    """W004: the cache cannot keep the calls of several workers."""
    alias = getattr(settings, CALL_CACHE_SETTING, None)
    if not _is_enabled() or alias not in settings.CACHES:
        return []
    backend = str(settings.CACHES[alias].get("BACKEND", ""))
    if backend.rpartition(".")[2] not in _UNSUITABLE_CACHES:
        return []
    return [
        Warning(
            f"settings.{CALL_CACHE_SETTING} names a cache that cannot keep calls: {backend}.",
            hint="Use Redis with the policy noeviction, or Memcached with enough memory.",
            id="centrifugo_rpc.W004",
        )
    ]


def _is_enabled() -> bool:
    """Whether there is anything to check; check_config reports a wrong configuration."""
    try:
        return get_config().enabled
    except (ValidationError, ImproperlyConfigured):
        return False


CHECKS: Sequence[Check] = (check_config, check_handlers, check_urls, check_call_cache)
DEPLOY_CHECKS: Sequence[Check] = (check_secrets,)
