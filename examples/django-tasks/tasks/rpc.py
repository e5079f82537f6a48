"""The handlers. ``conn.user_id`` is the user of the caller's token; params are validated."""

import time

from asgiref.sync import sync_to_async
from centrifugo_rpc import ConnectionContext, DeclaredError, ErrorCode, RPCError, websocket_rpc
from centrifugo_rpc.django import get_publisher
from django.db import transaction

from tasks import models
from tasks.schemas import (
    CompleteTaskParams,
    CreateTaskParams,
    ImportTasksParams,
    ImportTasksResult,
    Task,
    TaskList,
    TaskListParams,
    TaskNotFoundDetails,
    TaskStatsParams,
    TaskStatsResult,
)


class TaskNotFound(
    DeclaredError[TaskNotFoundDetails], code=1001, message="the task does not exist"
):
    """There is no such task."""


@websocket_rpc("tasks.get_stats")
async def get_stats(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
    """Counts the tasks of a user."""
    tasks = models.Task.objects.filter(owner=params.user_id)
    pending = await tasks.filter(status=models.Task.Status.OPEN).acount()
    completed = 0
    if params.include_completed:
        completed = await tasks.filter(status=models.Task.Status.DONE).acount()
    return TaskStatsResult(total=pending + completed, completed=completed, pending=pending)


@websocket_rpc("tasks.list", idempotent=True)
async def list_tasks(conn: ConnectionContext, params: TaskListParams) -> TaskList:
    """Lists the caller's tasks."""
    rows = models.Task.objects.filter(owner=conn.user_id)
    if params.status is not None:
        rows = rows.filter(status=params.status)
    return TaskList(tasks=[Task.of(row) async for row in rows[: params.limit]])


@websocket_rpc("tasks.create")
async def create(conn: ConnectionContext, params: CreateTaskParams) -> Task:
    """Adds a task for the caller and publishes it on events:tasks."""
    row = await models.Task.objects.acreate(owner=conn.user_id, title=params.title)
    task = Task.of(row)
    # The row is committed, so subscribers can find it.
    event = {"created": task.model_dump(mode="json")}
    published = await get_publisher().apublish("events:tasks", event)
    if published.error is not None:
        conn.log.warning("no event for task %s: %s", task.id, published.error.message)
    return task


@websocket_rpc("tasks.complete", errors=[TaskNotFound])
async def complete(conn: ConnectionContext, params: CompleteTaskParams) -> Task:
    """Completes a task of the caller."""
    row = await models.Task.objects.filter(id=params.task_id).afirst()
    if row is None:
        raise TaskNotFound(TaskNotFoundDetails(task_id=params.task_id))
    if row.owner != conn.user_id:
        raise RPCError(ErrorCode.PERMISSION_DENIED, "only the owner may complete a task")
    row.status = models.Task.Status.DONE
    await row.asave(update_fields=["status"])
    return Task.of(row)


@websocket_rpc("tasks.import")
async def import_tasks(conn: ConnectionContext, params: ImportTasksParams) -> ImportTasksResult:
    """Adds many tasks for the caller, or none if the caller cancels."""
    created = await sync_to_async(_import)(conn, params)
    return ImportTasksResult(created=created)


def _import(conn: ConnectionContext, params: ImportTasksParams) -> int:
    """Runs in a thread, which cannot be interrupted, so it checks for cancellation."""
    conn.log.info("importing")
    with transaction.atomic():
        for title in params.titles:
            if conn.cancelled:
                conn.log.info("import cancelled")
                raise RPCError(ErrorCode.CANCELLED, "the import was cancelled")
            models.Task.objects.create(owner=conn.user_id, title=title)
            time.sleep(params.seconds_each)
    return len(params.titles)
