"""A handler of a later release."""

from centrifugo_rpc import ConnectionContext, websocket_rpc
from pydantic import BaseModel


class NoteCount(BaseModel):
    """The number of notes."""

    total: int


@websocket_rpc("notes.count")
async def count(conn: ConnectionContext) -> NoteCount:
    """Counts notes."""
    return NoteCount(total=7)
