from pydantic import BaseModel

from centrifugo_rpc import ConnectionContext, Registry, websocket_rpc

registry = Registry()


class TaskStatsParams(BaseModel):
    user_id: str
    include_completed: bool = True


class TaskStatsResult(BaseModel):
    total: int
    completed: int
    pending: int


@websocket_rpc("tasks.get_stats", registry=registry)
async def get_stats(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
    """Counts the tasks of a user."""
    raise NotImplementedError
