"""Encodes what handlers return as JSON that every client can read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError, PydanticSerializationError, from_json, to_json

from .issues import Issues, describe, issues_of
from .types import decimal_to_text

MAX_SAFE_INTEGER = 2**53 - 1
"""The largest integer that JavaScript reads exactly from a JSON number."""


class EncodingError(TypeError):
    """A value that cannot be sent.

    Attributes:
        issues: The problems and their places.
    """

    def __init__(self, what: str, issues: Issues) -> None:
        super().__init__(f"{what}: {describe(issues)}")
        self.issues = issues


def complete(model: type[BaseModel]) -> None:
    """Resolves the names that were not defined yet when the model was.

    Otherwise Pydantic does it on the first use, where the caller's local variables count as names.

    Raises:
        PydanticUndefinedAnnotation: A name is still not defined.
    """
    if not model.__pydantic_complete__:
        model.model_rebuild(_types_namespace={})


def encode_model(what: str, model: type[BaseModel], value: object) -> tuple[BaseModel, bytes]:
    """Returns a value as an instance of its model, and as JSON.

    Only the fields of the model are sent, not those that a derived class adds.

    Args:
        what: The name of the value for the message: ``result of tasks.get``.
        model: The model.
        value: An instance of the model, or a value that the model validates.

    Raises:
        EncodingError: The value does not match the model, or not every client can read it: it has
            integers beyond 2^53 - 1 as numbers, naive datetimes, negative durations, NaN or
            infinities.
    """
    complete(model)
    try:
        instance = value if isinstance(value, model) else model.model_validate(value)
    except ValidationError as error:
        raise EncodingError(what, issues_of(error, value)) from error
    serializer = model.__pydantic_serializer__
    try:
        json = serializer.to_json(instance, by_alias=True, warnings="error")
        if _may_be_unreadable(json):
            plain = serializer.to_python(instance, by_alias=True, warnings="error")
            json = _readable(what, plain, json)
    except PydanticSerializationError as error:
        # Into the log, which must not quote values.
        message = re.sub(r"input_value=.*, (?=input_type=)", "", str(error))
        raise EncodingError(what, Issues.one(message)) from error
    return instance, json


def encode_json(what: str, value: object) -> bytes:
    """Returns a value without a model as JSON. It may contain models.

    Raises:
        EncodingError: As :func:`encode_model`.
    """
    try:
        json = to_json(value, inf_nan_mode="constants", by_alias=True)
    except (PydanticSerializationError, ValueError) as error:
        raise EncodingError(what, Issues.one(str(error))) from error
    return _readable(what, value, json) if _may_be_unreadable(json) else json


# A cheap test for JSON that may need _readable(), which visits the whole value.
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")
_SIXTEEN_DIGITS = b"0" * 16
_TEXTS = re.compile(
    rb'T\d\d:\d\d:\d\d(?:\.\d+)?"'  # a naive datetime
    rb'|"-P|"P\d+Y'  # a duration that is negative, or that has years
    rb'|\dE[+-]?\d+"'  # a decimal fraction with an exponent
)


def may_have_large_integers(json: bytes) -> bool:
    """Whether a JSON text may have integers beyond 2^53 - 1."""
    return _SIXTEEN_DIGITS in json.translate(_DIGITS_TO_ZERO)


def _may_be_unreadable(json: bytes) -> bool:
    return (
        b"null" in json  # what NaN becomes by default
        or b"NaN" in json
        or b"Infinity" in json
        or may_have_large_integers(json)
        or _TEXTS.search(json) is not None
    )


def _readable(what: str, value: object, json: bytes) -> bytes:
    """The JSON of a value in the forms that every client reads."""
    sent: object = from_json(json)
    read = as_every_client_reads(what, value, sent)
    return json if read == sent else to_json(read)


def as_every_client_reads(what: str, value: object, sent: object) -> object:
    """Returns a decoded JSON value in the forms that every client reads.

    Args:
        what: The name of the value for the message.
        value: The Python value that was encoded.
        sent: The decoded JSON.

    Raises:
        EncodingError: As :func:`encode_model`.
    """
    issues = Issues()
    read = _as_read(value, sent, [], issues)
    if issues:
        raise EncodingError(what, issues)
    return read


def _as_read(value: object, sent: object, path: list[int | str], issues: Issues) -> object:
    """What to send of a Python value and its decoded JSON; appends to ``issues``."""
    if isinstance(sent, dict):
        items = cast("dict[str, object]", sent)
        values = list(cast("Mapping[Any, object]", value).values()) if _is_mapping(value) else []
        return {
            key: _as_read(inner, item, [*path, key], issues)
            for (key, item), inner in zip(items.items(), _padded(values, len(items)), strict=True)
        }
    if isinstance(sent, list):
        items_sent = cast("list[object]", sent)
        values = list(cast("Iterable[object]", value)) if _is_collection(value) else []
        return [
            _as_read(inner, items_sent[index], [*path, index], issues)
            for index, inner in enumerate(_padded(values, len(items_sent)))
        ]
    if message := _problem(value, sent):
        issues.add(path, message)
        return sent
    return _in_common_form(value, sent)


def _in_common_form(value: object, sent: object) -> object:
    """A decimal fraction without its exponent, and a duration without years."""
    if isinstance(value, Decimal) and sent == str(value):
        return decimal_to_text(value)
    if isinstance(value, timedelta) and isinstance(sent, str):
        return re.sub(r"^P\d+Y(?:\d+D)?", f"P{value.days}D", sent)
    return sent


def _is_collection(value: object) -> bool:
    return isinstance(value, list | tuple | set | frozenset)


def _is_mapping(value: object) -> bool:
    return isinstance(value, Mapping)


def _padded(values: list[Any], length: int) -> list[Any]:
    """The values, or ``None`` for each if a serializer changed their number."""
    return values if len(values) == length else [None] * length


def _problem(value: object, sent: object) -> str | None:
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is not valid JSON: return None, or leave it out"
    if isinstance(sent, float) and not math.isfinite(sent):
        return f"{sent} is not valid JSON: return None, or leave it out"
    if isinstance(sent, int) and not -MAX_SAFE_INTEGER <= sent <= MAX_SAFE_INTEGER:
        return (
            "an integer beyond 2^53 - 1 is not exact in JavaScript: give the field the type Int64 "
            "of centrifugo_rpc"
        )
    if isinstance(value, datetime) and value.utcoffset() is None and isinstance(sent, str):
        return "a datetime without a time zone: use datetime.now(timezone.utc) and the like"
    if isinstance(value, timedelta) and value < timedelta() and isinstance(sent, str):
        return "a negative duration: clients read only durations of zero or more"
    if isinstance(value, Decimal) and sent == str(value):
        try:
            decimal_to_text(value)
        except PydanticCustomError as error:
            return error.message()
    return None
