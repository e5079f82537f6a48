"""The Django app: ``INSTALLED_APPS += ["centrifugo_rpc.django"]``."""

from __future__ import annotations

from .conf import get_config, get_publisher
from .once import aonce, once

__all__ = ["aonce", "get_config", "get_publisher", "once"]
