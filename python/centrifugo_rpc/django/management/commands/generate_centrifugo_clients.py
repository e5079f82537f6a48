"""``manage.py generate_centrifugo_clients``."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ....generate import (
    GenerateError,
    add_generate_options,
    generate_clients,
    read_generate_options,
)
from ....handlers.registry import default_registry


class Command(BaseCommand):
    """Writes the clients with the generator, which runs on Node.js."""

    help = "Writes type-safe clients for the registered handlers."
    # Runs without secrets.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds the generator's options."""
        add_generate_options(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the command."""
        try:
            generate_clients(default_registry(), read_generate_options(options), self.stdout)
        except GenerateError as error:
            raise CommandError(str(error)) from error
