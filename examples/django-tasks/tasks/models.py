"""The database models."""

from django.db import models


class Task(models.Model):
    """A task. ``owner`` is the ID of the user in the token."""

    class Status(models.TextChoices):
        """The states of a task."""

        OPEN = "open"
        DONE = "done"

    owner = models.CharField(max_length=100, db_index=True)
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        """The oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        """The title."""
        return self.title
