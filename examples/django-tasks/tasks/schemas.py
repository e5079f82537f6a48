"""The params and results of the handlers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from typing_extensions import Self

from tasks import models

Title = Annotated[str, Field(min_length=1, max_length=200)]
Status = Literal["open", "done"]


class Task(BaseModel):
    """A task."""

    id: int
    owner: str
    title: str
    status: Status
    created: datetime

    @classmethod
    def of(cls, row: models.Task) -> Self:
        """Returns the task of a database row."""
        return cls.model_validate(row, from_attributes=True)


class TaskStatsParams(BaseModel):
    """The user whose tasks are counted."""

    user_id: str
    include_completed: bool = True


class TaskStatsResult(BaseModel):
    """The numbers of tasks."""

    total: int
    completed: int
    pending: int


class TaskListParams(BaseModel):
    """A filter for tasks."""

    status: Status | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class TaskList(BaseModel):
    """Tasks, oldest first."""

    tasks: list[Task]


class CreateTaskParams(BaseModel):
    """The task to create."""

    title: Title


class CompleteTaskParams(BaseModel):
    """The task to complete."""

    task_id: int


class TaskNotFoundDetails(BaseModel):
    """The task that does not exist."""

    task_id: int


class ImportTasksParams(BaseModel):
    """The tasks to create."""

    titles: Annotated[list[Title], Field(max_length=1000)]
    seconds_each: Annotated[float, Field(ge=0, le=10)] = 0
    """The duration of the work on each task, to simulate a slow handler."""


class ImportTasksResult(BaseModel):
    """The number of created tasks."""

    created: int
