"""``manage.py centrifugo_contract``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ....generate import GenerateError, registry_contract
from ....handlers.registry import default_registry


class Command(BaseCommand):
    """Prints the contract."""

    help = "Prints the contract of the registered handlers."
    # Runs without secrets.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the command."""
        try:
            self.stdout.write(registry_contract(default_registry()), ending="")
        except GenerateError as error:
            raise CommandError(str(error)) from error
