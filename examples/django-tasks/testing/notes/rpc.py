"""A handler that a later release has."""

from centrifugo_rpc import ConnectionContext, websocket_rpc
from pydantic import BaseModel


class NoteCount(BaseModel):
    """How many notes there are."""

    total: int


@websocket_rpc("notes.count")
async def count(conn: ConnectionContext) -> NoteCount:
    """Counts notes."""
    return NoteCount(total=7)
