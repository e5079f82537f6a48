"""The table of :func:`centrifugo_rpc.django.once`."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class RecordedCall(models.Model):
    """A call whose effect is in the database.

    Attributes:
        id: Stands for the call's user, method and key.
        result: As JSON; null while the effect runs.
        created_at: When it was recorded.
    """

    id: models.CharField[str, str] = models.CharField(primary_key=True, max_length=64)
    result: models.TextField[str | None, str | None] = models.TextField(null=True)
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(
        db_default=Now(), db_index=True
    )

    objects: ClassVar[models.Manager[RecordedCall]] = models.Manager()  # pyright: ignore[reportIncompatibleVariableOverride]

    class Meta:
        """The same table as that of TypeScript handlers."""

        db_table = "centrifugo_rpc_calls"

    def __str__(self) -> str:
        return str(self.id)
