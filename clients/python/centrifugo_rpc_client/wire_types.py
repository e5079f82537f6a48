"""The types of the fields of generated models.

All of them are aliases: for a type checker ``Int`` is ``int`` and ``DateTime`` is ``datetime``.
``Str``, ``Int``, ``Float`` and ``Bool`` accept only a JSON value of their type; pydantic alone
would accept ``"5"`` or ``True`` for an ``int``. The others are strings in JSON; models accept the
string as well as the Python value.
"""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

from pydantic import (
    AllowInfNan,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    StringConstraints,
    ValidationInfo,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import (
    CoreSchema,
    PydanticCustomError,
    PydanticSerializationUnexpectedValue,
    core_schema,
)

from . import formats

FROM_WIRE = object()
"""The validation context of values from JSON, which never have Python types such as ``UUID``."""

_T = TypeVar("_T")

_LARGEST_INT = 2**53 - 1


class _Integer:
    """An integer, also as ``1.0``, that a JSON number holds exactly in every language."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        integer = core_schema.int_schema(strict=True, ge=-_LARGEST_INT, le=_LARGEST_INT)
        integral = core_schema.no_info_after_validator_function(
            _integral, core_schema.float_schema(strict=True)
        )
        return core_schema.union_schema(
            [integer, integral],
            mode="left_to_right",
            custom_error_type="safe_integer",
            custom_error_message=f"Input should be an integer within ±{_LARGEST_INT}",
            serialization=core_schema.simple_ser_schema("int"),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "integer"}


def _integral(value: float) -> int:
    if not value.is_integer() or abs(value) > _LARGEST_INT:
        raise ValueError(value)
    return int(value)


class _Format(Generic[_T]):
    """A JSON string that is another type in Python."""

    def __init__(
        self, name: str, kind: type[_T], read: Callable[[str], _T], write: Callable[[_T], str]
    ) -> None:
        self._name = name
        self._kind = kind
        self._read = read
        self._write = write

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.with_info_plain_validator_function(
            self._validated,
            serialization=core_schema.plain_serializer_function_ser_schema(
                self._serialized, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "format": self._name}

    def _validated(self, value: Any, info: ValidationInfo) -> _T:
        try:
            if isinstance(value, str):
                return self._read(value)
            if isinstance(value, self._kind) and info.context is not FROM_WIRE:
                self._write(value)  # raises for what cannot be sent
                return value
        except (ValueError, OverflowError) as error:
            raise PydanticCustomError("format", "{reason}", {"reason": str(error)}) from None
        if info.context is FROM_WIRE:
            raise PydanticCustomError("format", "Input should be a valid string")
        kind = {"kind": self._kind.__name__}
        raise PydanticCustomError("format", "Input should be a {kind} or its text", kind)

    def _serialized(self, value: Any) -> str:
        if not isinstance(value, self._kind):
            raise PydanticSerializationUnexpectedValue(f"Expected `{self._kind.__name__}`")
        try:
            return self._write(value)
        except (ValueError, OverflowError) as error:
            raise PydanticSerializationUnexpectedValue(str(error)) from None


Str: TypeAlias = Annotated[str, Strict()]
Bool: TypeAlias = Annotated[bool, Strict()]
Float: TypeAlias = Annotated[float, Strict(), AllowInfNan(False)]
"""A finite number."""
Int: TypeAlias = Annotated[int, _Integer]
"""A whole number within ±(2⁵³-1)."""
# A constraint makes pydantic read the text: half a surrogate pair would become other characters.
MapKey: TypeAlias = Annotated[str, Strict(), StringConstraints(min_length=0)]
"""A key of a map."""

Int64: TypeAlias = Annotated[int, _Format("int64", int, formats.read_int64, formats.write_int64)]
Uint64: TypeAlias = Annotated[
    int, _Format("uint64", int, formats.read_uint64, formats.write_uint64)
]
Decimal: TypeAlias = Annotated[
    decimal.Decimal,
    _Format("decimal", decimal.Decimal, formats.read_decimal, formats.write_decimal),
]
Base64: TypeAlias = Annotated[
    bytes, _Format("base64", bytes, formats.read_base64, formats.write_base64)
]
Base64Url: TypeAlias = Annotated[
    bytes, _Format("base64url", bytes, formats.read_base64url, formats.write_base64url)
]
DateTime: TypeAlias = Annotated[
    dt.datetime, _Format("date-time", dt.datetime, formats.read_date_time, formats.write_date_time)
]
"""With a timezone."""
Date: TypeAlias = Annotated[
    dt.date, _Format("date", dt.date, formats.read_date, formats.write_date)
]
Time: TypeAlias = Annotated[
    dt.time, _Format("time", dt.time, formats.read_time, formats.write_time)
]
Duration: TypeAlias = Annotated[
    dt.timedelta, _Format("duration", dt.timedelta, formats.read_duration, formats.write_duration)
]
"""Zero or more."""
Uuid: TypeAlias = Annotated[
    uuid.UUID, _Format("uuid", uuid.UUID, formats.read_uuid, formats.write_uuid)
]
