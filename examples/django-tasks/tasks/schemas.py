"""What travels: the params and results of the handlers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field
from typing_extensions import Self

from tasks import models

Title = Annotated[str, Field(min_length=1, max_length=200)]
Status = Literal["open", "done"]


class Task(BaseModel):
    """One thing to do."""

    id: int
    owner: str
    title: str
    status: Status
    created: datetime

    @classmethod
    def of(cls, row: models.Task) -> Self:
        """A row of the database as it travels."""
        return cls.model_validate(row, from_attributes=True)


class TaskStatsParams(BaseModel):
    """Whose tasks to count."""

    user_id: str
    include_completed: bool = True


class TaskStatsResult(BaseModel):
    """How many tasks there are."""

    total: int
    completed: int
    pending: int


class TaskListParams(BaseModel):
    """Which tasks to list."""

    status: Status | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class TaskList(BaseModel):
    """Tasks, the oldest first."""

    tasks: list[Task]


class CreateTaskParams(BaseModel):
    """The task to create."""

    title: Title


class CompleteTaskParams(BaseModel):
    """The task to complete."""

    task_id: int


class TaskNotFoundDetails(BaseModel):
    """Which task was looked for."""

    task_id: int


class ImportTasksParams(BaseModel):
    """The tasks to create."""

    titles: Annotated[list[Title], Field(max_length=1000)]
    seconds_each: Annotated[float, Field(ge=0, le=10)] = 0
    """How long the work on each task is to take, to see what a slow handler does."""


class ImportTasksResult(BaseModel):
    """What was created."""

    created: int
