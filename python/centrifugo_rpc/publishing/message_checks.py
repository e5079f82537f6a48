"""Checks of the arguments of a publication."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from pydantic_core import from_json

from ..coded_errors import ArgumentTypeError, ArgumentValueError
from ..wire.encoding import EncodingError, encode_json

Acks: TypeAlias = int | Literal["all"]

MAX_ACK_TIMEOUT = 300
MAX_ACKS = 10_000
MAX_CHANNELS = 1000
MAX_DATA_BYTES = 1024 * 1024
MAX_KEY_LENGTH = 256
_REQUESTS_CHANNEL = "rpc.requests"


def check_channels(channels: Sequence[str]) -> None:
    """Checks a list of channels.

    Raises:
        ArgumentValueError: There are none or too many, or the name of one is not valid.
        ArgumentTypeError: The channels are not a list of strings.
    """
    if isinstance(channels, str):
        raise ArgumentTypeError("channels must be a list of names, not one name")
    if not 1 <= len(channels) <= MAX_CHANNELS:
        raise ArgumentValueError(f"channels must have 1 to {MAX_CHANNELS} names")
    for channel in channels:
        _check_channel(channel)


def _check_channel(channel: object) -> None:
    if not isinstance(channel, str):
        raise ArgumentTypeError(f"a channel must be a string, not {type(channel).__name__}")
    if not re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,255}", channel):
        raise ArgumentValueError(
            f"channel {channel!r}: use 1 to 255 characters, no control characters"
        )
    if channel == _REQUESTS_CHANNEL:
        raise ArgumentValueError(f'channel "{channel}" is reserved for calls of clients')


def encode_data(channels: Sequence[str], data: object) -> bytes:
    """Returns the data of a publication as JSON.

    Raises:
        ArgumentTypeError: JSON cannot represent the data, or not every client can read it.
        ArgumentValueError: The data is too large, or has a key that the protocol uses.
    """
    try:
        json = encode_json("the data", data)
    except EncodingError as error:
        raise ArgumentTypeError(str(error)) from error
    if len(json) > MAX_DATA_BYTES:
        raise ArgumentValueError(
            f"the data has {len(json)} bytes as JSON: at most {MAX_DATA_BYTES} are allowed"
        )
    for_user = any(channel.startswith("user#") for channel in channels)
    if for_user and json.startswith(b"{") and "$rpc" in from_json(json):
        raise ArgumentValueError('the data has the key "$rpc", which is reserved on user channels')
    return json


def check_options(acks: Acks | None, timeout: float | None, idempotency_key: str | None) -> None:
    """Checks the options of a publication.

    Raises:
        ArgumentValueError: An option is not valid.
    """
    if acks is not None and acks != "all" and not _is_count(acks):
        raise ArgumentValueError(f'acks must be "all" or a whole number from 1 to {MAX_ACKS}')
    if timeout is not None and not 0 < timeout <= MAX_ACK_TIMEOUT:
        raise ArgumentValueError(
            f"timeout must be more than 0 and at most {MAX_ACK_TIMEOUT} seconds"
        )
    if idempotency_key is not None and not 1 <= len(idempotency_key) <= MAX_KEY_LENGTH:
        raise ArgumentValueError(f"idempotency_key must have 1 to {MAX_KEY_LENGTH} characters")


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_ACKS
