"""System checks: what ``manage.py check`` says of the configuration and the handlers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured
from django.urls import NoReverseMatch, reverse

from ..config import ConfigError, DjangoCfgCentrifugoConfig
from ..generate import GenerateError, registry_contract
from ..registry import default_registry
from .conf import CONFIG_SETTING, MIDDLEWARE_SETTING, get_config, load_middleware

Check: TypeAlias = Callable[..., Sequence[CheckMessage]]

TAG = "centrifugo_rpc"
