"""The Django app: ``INSTALLED_APPS += ["centrifugo_rpc.django"]``."""

from __future__ import annotations

from .conf import get_config, get_publisher

__all__ = ["get_config", "get_publisher"]
