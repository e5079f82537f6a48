"""The Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core import checks
from django.utils.module_loading import autodiscover_modules


class CentrifugoRpcConfig(AppConfig):
    """Imports the module ``rpc`` of every installed app that has one, to find the handlers."""

    name = "centrifugo_rpc.django"
    label = "centrifugo_rpc"
    verbose_name = "Centrifugo RPC"

    def ready(self) -> None:
        """Imports the handlers and registers the system checks."""
        from . import checks as our_checks

        autodiscover_modules("rpc")
        for check in our_checks.CHECKS:
            checks.register(check, our_checks.TAG)
        for check in our_checks.DEPLOY_CHECKS:
            checks.register(check, our_checks.TAG, deploy=True)
