"""What of a publication's arguments is wrong by itself."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from pydantic_core import from_json

from ..wire.encoding import EncodingError, encode_json

Acks: TypeAlias = int | Literal["all"]

MAX_ACK_TIMEOUT = 300
MAX_ACKS = 10_000
MAX_CHANNELS = 1000
MAX_DATA_BYTES = 1024 * 1024
MAX_KEY_LENGTH = 256
_REQUESTS_CHANNEL = "rpc.requests"


def check_channels(channels: Sequence[str]) -> None:
    """Refuses a list of channels to which nothing can be published.

    Raises:
        ValueError: There are none or too many, or the name of one is wrong.
        TypeError: It is no list of texts.
    """
    if isinstance(channels, str):
        raise TypeError("channels must be a list of names, not one name")
    if not 1 <= len(channels) <= MAX_CHANNELS:
        raise ValueError(f"give 1 to {MAX_CHANNELS} channels")
    for channel in channels:
        _check_channel(channel)


def _check_channel(channel: object) -> None:
    if not isinstance(channel, str):
        raise TypeError(f"a channel is a text, not {type(channel).__name__}")
    if not re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}", channel):
        raise ValueError(f"channel {channel!r}: use 1 to 255 characters, no control characters")
    if channel == _REQUESTS_CHANNEL:
        raise ValueError(f'channel "{channel}" is for the calls of clients')


def encode_data(channels: Sequence[str], data: object) -> bytes:
    """Gives the data of a publication as JSON.

    Raises:
        TypeError: It is no JSON, or has what not every client can read.
        ValueError: It is too large, or clients would take it for a reply to a call.
    """
    try:
        json = encode_json("the data", data)
    except EncodingError as error:
        raise TypeError(str(error)) from error
    if len(json) > MAX_DATA_BYTES:
        raise ValueError(f"the data has {len(json)} bytes as JSON, {MAX_DATA_BYTES} are allowed")
    for_user = any(channel.startswith("user#") for channel in channels)
    if for_user and json.startswith(b"{") and "$rpc" in from_json(json):
        raise ValueError('the data: a key "$rpc" belongs to the protocol on the channel of a user')
    return json


def check_options(acks: Acks | None, timeout: float | None, idempotency_key: str | None) -> None:
    """Refuses options of a publication.

    Raises:
        ValueError: It says which one, and what is right.
    """
    if acks is not None and acks != "all" and not _is_count(acks):
        raise ValueError(f'acks must be "all" or a whole number from 1 to {MAX_ACKS}')
    if timeout is not None and not 0 < timeout <= MAX_ACK_TIMEOUT:
        raise ValueError(f"timeout must be more than 0 and at most {MAX_ACK_TIMEOUT} seconds")
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= MAX_KEY_LENGTH:
        raise ValueError(f"idempotency_key must have 1 to {MAX_KEY_LENGTH} characters")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ACKS
