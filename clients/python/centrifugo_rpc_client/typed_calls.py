"""What generated methods do around a call: params to JSON, JSON to results and to errors."""

from __future__ import annotations

from typing import Any, TypeVar, overload

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from .errors import ErrorCode, RPCError
from .issues import issues_of, place_of
from .models import from_wire

_T = TypeVar("_T")
_ModelT = TypeVar("_ModelT", bound=BaseModel)

# As in RPCModel.
ADAPTER = ConfigDict(defer_build=True, ser_json_inf_nan="constants")
"""The configuration for the adapters of params and results that are no models."""


@overload
def encode(value: BaseModel) -> Any: ...
@overload
def encode(value: object, adapter: TypeAdapter[Any]) -> Any: ...
def encode(value: Any, adapter: TypeAdapter[Any] | None = None) -> Any:
    """Gives the JSON of params: of a model, or of a value of another type with its adapter.

    Raises:
        pydantic.ValidationError: The value is not of the adapter's type.
        RPCError: 400, for a model that was given something else after it had been made.
        TypeError: It is no model, and there is no adapter.
    """
    if adapter is not None:
        value = adapter.validate_python(value)
    elif not isinstance(value, BaseModel):
        raise TypeError(f"params of {type(value).__name__}: give the method's model")
    try:
        return _dumped(value, adapter)
    # ValueError: a cycle, text that is no text; TypeError: a key that is no text.
    except (PydanticSerializationError, ValueError, TypeError, RecursionError) as error:
        raise RPCError(
            ErrorCode.INVALID_PARAMS,
            f"the params cannot be sent: {error}",
            {"issues": [{"path": [], "message": str(error)}]},
        ) from error


@overload
def decode(kind: type[_ModelT], data: Any) -> _ModelT: ...
@overload
def decode(kind: TypeAdapter[_T], data: Any) -> _T: ...
def decode(kind: type[BaseModel] | TypeAdapter[Any], data: Any) -> Any:
    """Gives the result for the JSON in a reply.

    Raises:
        RPCError: 502, when it is not of that type; ``details["issues"]`` says where.
    """
    try:
        return from_wire(kind, data)
    except ValidationError as error:
        issues = issues_of(error, data)
        more = f" (and {len(issues) - 1} more)" if len(issues) > 1 else ""
        message = f"{place_of(issues[0], 'result')}: {issues[0]['message']}{more}"
        raise RPCError(
            ErrorCode.INVALID_RESULT,
            f"the result does not match the contract: {message}",
            {"issues": issues},
        ) from error


def _dumped(value: Any, adapter: TypeAdapter[Any] | None) -> Any:
    # With warnings as errors: what does not fit its type would be sent as it is.
    if adapter is None:
        return value.model_dump(mode="json", by_alias=True, exclude_unset=True, warnings="error")
    return adapter.dump_python(
        value, mode="json", by_alias=True, exclude_unset=True, warnings="error"
    )
