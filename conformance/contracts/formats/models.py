import datetime as dt
import decimal
from ipaddress import IPv4Address, IPv6Address
from uuid import UUID

from pydantic import UUID4, AwareDatetime, Base64Bytes, BaseModel, Field

from centrifugo_rpc import (
    Base64,
    Base64Url,
    ConnectionContext,
    Decimal,
    Int64,
    Registry,
    Uint64,
    websocket_rpc,
)

registry = Registry()


class Formats(BaseModel):
    at: dt.datetime
    aware: AwareDatetime
    day: dt.date
    time: dt.time
    duration: dt.timedelta
    id: UUID
    version_4: UUID4
    sequence: Int64
    size: Uint64
    amount: Decimal
    plain_amount: decimal.Decimal
    data: Base64
    plain_data: Base64Bytes
    token: Base64Url
    address: IPv4Address
    address_6: IPv6Address
    nullable: dt.date | None = None
    nullable_sequence: Int64 | None
    sequences: list[Int64]
    map: dict[str, Decimal]
    by_id: dict[UUID, int]
    described: Int64 = Field(description="The place in the log.")
    default_sequence: Int64 = 2**53 + 1
    default_data: Base64 = b"hello"
    default_amount: Decimal = decimal.Decimal("9.90")
    default_at: dt.datetime = dt.datetime(2026, 1, 31, 12, tzinfo=dt.timezone.utc)
    default_day: dt.date = dt.date(2026, 1, 31)
    default_duration: dt.timedelta = dt.timedelta(seconds=30)
    default_id: UUID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    default_list: list[Int64] = [1, 2]


@websocket_rpc("formats.echo", registry=registry)
async def echo(conn: ConnectionContext, params: Formats) -> Formats:
    raise NotImplementedError
