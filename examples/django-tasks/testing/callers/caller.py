"""Calls the handlers with the generated Python client: one command a line in, one answer out."""

import asyncio
import json
import sys
from typing import Any

from api_client import (
    APIClient,
    CentrifugoRPCClient,
    CompleteTaskParams,
    CreateTaskParams,
    ImportTasksParams,
    RPCError,
    TaskListParams,
    TaskNotFound,
    TaskStatsParams,
)
from pydantic import ValidationError


async def main(url: str, token: str, user_id: str) -> None:
    try:
        rpc = CentrifugoRPCClient(url, token, user_id)
        await rpc.connect()
    except ConnectionError as error:
        answer({"error": "ConnectionError", "message": str(error)})
        return
    api = APIClient(rpc_client=rpc)
    answer({"result": "connected"})
    running: asyncio.Task[None] | None = None
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command = json.loads(line)
        if command["do"] == "cancel":
            assert running is not None
            running.cancel()
            continue
        running = asyncio.create_task(perform(rpc, api, command))
    await rpc.disconnect()


async def perform(rpc: CentrifugoRPCClient, api: APIClient, command: dict[str, Any]) -> None:
    try:
        answer({"result": await call(rpc, api, command)})
    except ValidationError:
        answer({"error": "ValidationError"})
    except TaskNotFound as error:
        answer({"error": "TaskNotFound", "code": error.code, "task_id": error.details.task_id})
    except ValueError as error:
        if not isinstance(error, RPCError):
            raise
        failure = {"code": error.code, "message": error.message, "details": error.details}
        answer({"error": "RPCError", **failure})
    except asyncio.CancelledError:
        answer({"error": "cancelled"})


async def call(rpc: CentrifugoRPCClient, api: APIClient, command: dict[str, Any]) -> Any:
    match command["do"]:
        case "stats":
            result = await api.tasks_get_stats(TaskStatsParams(user_id=command["user_id"]))
            return {"total": result.total, "completed": result.completed, "pending": result.pending}
        case "wrong stats":
            return await api.tasks_get_stats(TaskStatsParams(user_id=123))  # type: ignore[arg-type]
        case "raw":
            return await rpc.call(command["method"], command["params"])
        case "create":
            task = await api.tasks_create(CreateTaskParams(title=command["title"]))
            return {"id": task.id, "owner": task.owner, "year": task.created.year}
        case "complete":
            task = await api.tasks_complete(CompleteTaskParams(task_id=command["task_id"]))
            return {"status": task.status}
        case "list":
            return [task.title for task in (await api.tasks_list(TaskListParams())).tasks]
        case "import":
            params = ImportTasksParams(titles=command["titles"], seconds_each=command["seconds"])
            return {"created": (await api.tasks_import(params)).created}
        case unknown:
            raise AssertionError(unknown)


def answer(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


asyncio.run(main(*sys.argv[1:]))
