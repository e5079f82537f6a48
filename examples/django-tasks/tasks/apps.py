"""The app."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    """Tasks of users. Its handlers are in ``rpc.py``, which is found by its name."""

    name = "tasks"
