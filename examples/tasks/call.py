"""Calls the tasks example with the generated Python client: python call.py URL TOKEN USER."""

import asyncio
import sys

from api_client import (
    APIClient,
    CentrifugoRPCClient,
    CreateTaskParams,
    RPCError,
    TasksCompleteParams,
    TasksReportParams,
    TaskStatsParams,
)


async def main(url: str, token: str, user_id: str) -> None:
    rpc = CentrifugoRPCClient(url, token, user_id)
    api = APIClient(rpc)
    await rpc.connect()

    stats = await api.tasks_get_stats(TaskStatsParams(user_id="123"))
    print(f"tasks.get_stats → {stats.total} tasks, {stats.pending} pending")

    task = await api.tasks_create(CreateTaskParams(title="Try Python", tags=["demo"]))
    print(f"tasks.create    → task {task.id}, {task.priority}: {task.title}")

    completed = await api.tasks_complete(TasksCompleteParams(id=task.id))
    print(f"tasks.complete  → completed: {completed.completed}")

    try:
        await api.tasks_complete(TasksCompleteParams(id=1))
    except RPCError as error:
        print(f"tasks.complete  → refused with {error.code}: {error.message}")

    report = await api.tasks_report(TasksReportParams(seconds=0))
    print(f"tasks.report    → {'; '.join(report.lines)}")

    await rpc.disconnect()


asyncio.run(main(*sys.argv[1:]))
