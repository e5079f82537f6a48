"""The configuration of a Django project, and the objects made from it once per process."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from ..coded_errors import CodedErrorCode
from ..configuration.config import DjangoCfgCentrifugoConfig
from ..handlers.context import logger
from ..handlers.middleware import Middleware
from ..publishing.publisher import Publisher
from ..service.handler_service import HandlerService
from .lifetime import remembered
from .shared_calls import CacheCalls

CONFIG_SETTING = "CENTRIFUGO_RPC"
MIDDLEWARE_SETTING = "CENTRIFUGO_RPC_MIDDLEWARE"
MAX_CALLS_SETTING = "CENTRIFUGO_RPC_MAX_CONCURRENT_CALLS"
CALL_CACHE_SETTING = "CENTRIFUGO_RPC_CALL_CACHE"

# Each may hold a connection to the database, of which PostgreSQL has 100 for all processes.
_DEFAULT_MAX_CALLS = 20


class SettingError(ImproperlyConfigured):
    """A setting of the Django project is wrong."""

    code: CodedErrorCode = "CRPC_CONFIG_INVALID"


@lru_cache(maxsize=1)
def get_config() -> DjangoCfgCentrifugoConfig:
    """Returns the configuration: ``settings.CENTRIFUGO_RPC``, completed from the environment.

    The setting is a :class:`DjangoCfgCentrifugoConfig` or a dict of its fields. Without it,
    everything comes from the environment.

    Raises:
        pydantic.ValidationError: It lists every wrong field.
        SettingError: The setting has another type.
    """
    given = getattr(settings, CONFIG_SETTING, None)
    if isinstance(given, DjangoCfgCentrifugoConfig):
        return given
    if given is None or isinstance(given, Mapping):
        return DjangoCfgCentrifugoConfig(**cast("Mapping[str, Any]", given or {}))
    raise SettingError(
        f"settings.{CONFIG_SETTING} is a {type(given).__name__}: "
        "make it a DjangoCfgCentrifugoConfig, or a dict of its fields"
    )


@lru_cache(maxsize=1)
def get_publisher() -> Publisher:
    """Returns the publisher of this process, which publishes through the gateway.

    Raises:
        pydantic.ValidationError: The configuration is wrong.
        ArgumentValueError: The configuration has no gateway.
    """
    return Publisher.from_config(get_config())


@lru_cache(maxsize=1)
def get_service() -> HandlerService:
    """Returns the handler service of this process.

    Raises:
        pydantic.ValidationError: The configuration is wrong.
        SettingError: Another setting is wrong.
    """
    config = get_config()
    _set_log_level(config)
    return HandlerService(
        secret=config.handler_service_secret,
        middleware=[remembered, *load_middleware()],
        max_concurrent_calls=max_concurrent_calls(),
        shared_calls=shared_calls(),
    )


def _set_log_level(config: DjangoCfgCentrifugoConfig) -> None:
    """Sets the level of the logger ``centrifugo_rpc`` unless ``settings.LOGGING`` has."""
    if logger.level == logging.NOTSET:
        silent = logging.CRITICAL + 1
        logger.setLevel(silent if config.log_level == "NONE" else config.log_level)


def load_middleware() -> list[Middleware]:
    """Returns the middleware of ``settings.CENTRIFUGO_RPC_MIDDLEWARE``, a list of dotted paths.

    Raises:
        SettingError: One cannot be imported or is not callable.
    """
    return [_import_middleware(path) for path in getattr(settings, MIDDLEWARE_SETTING, [])]


def max_concurrent_calls() -> int | None:
    """Returns ``settings.CENTRIFUGO_RPC_MAX_CONCURRENT_CALLS``, 20 by default.

    Raises:
        SettingError: It is neither a number of 1 or more nor ``None``.
    """
    count = getattr(settings, MAX_CALLS_SETTING, _DEFAULT_MAX_CALLS)
    if count is None or (isinstance(count, int) and not isinstance(count, bool) and count >= 1):
        return count
    raise SettingError(
        f"settings.{MAX_CALLS_SETTING} is {count!r}: use a number of 1 or more, or None for any "
        f"number of calls"
    )


def shared_calls() -> CacheCalls | None:
    """Returns the calls in the cache that ``settings.CENTRIFUGO_RPC_CALL_CACHE`` names.

    Without the setting, each process remembers its own calls.

    Raises:
        SettingError: ``settings.CACHES`` does not have this cache.
    """
    alias = getattr(settings, CALL_CACHE_SETTING, None)
    if alias is None:
        return None
    if alias not in settings.CACHES:
        raise SettingError(
            f"settings.{CALL_CACHE_SETTING} is {alias!r}: use the name of a cache in "
            f"settings.CACHES, or None"
        )
    return CacheCalls(alias)


def _import_middleware(path: str) -> Middleware:
    try:
        middleware: Middleware = import_string(path)
    except ImportError as error:
        raise SettingError(f"settings.{MIDDLEWARE_SETTING}: {error}") from error
    if not callable(middleware):
        raise SettingError(f"settings.{MIDDLEWARE_SETTING}: {path} is not a function")
    return middleware


def _forget(*, setting: str, **_: object) -> None:
    """Drops the cached objects when a test changes settings."""
    if setting.startswith(CONFIG_SETTING) or setting == "CACHES":
        for cached in (get_config, get_publisher, get_service):
            cached.cache_clear()


setting_changed.connect(_forget)  # pyright: ignore[reportUnknownMemberType]
