"""What generated methods do around a call: params to JSON, and JSON to results and errors."""

from __future__ import annotations

from collections.abc import Iterable, Sized
from types import TracebackType
from typing import Any, TypeAlias, TypedDict, TypeVar, cast, get_type_hints, overload

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from .errors import ErrorCode, RPCError
from .models import from_wire

_T = TypeVar("_T")
_ModelT = TypeVar("_ModelT", bound=BaseModel)

# As in RPCModel.
ADAPTER = ConfigDict(defer_build=True, ser_json_inf_nan="constants")
"""The configuration of the adapters of params and results that are not models."""

# The number of issues in the details of an error.
_MAX_ISSUES = 20
# The ways to read one location that are followed; with real field names there is one.
_MAX_READINGS = 16


@overload
def encode(value: BaseModel) -> Any: ...
@overload
def encode(value: object, adapter: TypeAdapter[Any]) -> Any: ...
def encode(value: Any, adapter: TypeAdapter[Any] | None = None) -> Any:
    """Returns the JSON of params: a model, or a value of another type with its adapter.

    Raises:
        pydantic.ValidationError: The value is not of the adapter's type.
        RPCError: 400, if a model was assigned an invalid value after its creation.
        TypeError: The value is not a model, and there is no adapter.
    """
    if adapter is not None:
        value = adapter.validate_python(value)
    elif not isinstance(value, BaseModel):
        raise TypeError(f"params of {type(value).__name__}: pass the method's model")
    # With warnings as errors: otherwise a value that does not fit its type is sent unchanged.
    dump = value.model_dump if adapter is None else adapter.dump_python
    arguments = () if adapter is None else (value,)
    try:
        return dump(*arguments, mode="json", by_alias=True, exclude_unset=True, warnings="error")
    # ValueError: a cycle, or text with half a surrogate pair; TypeError: a key that is not text.
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
    """Returns the result for the JSON of a reply.

    Raises:
        RPCError: 502, if it does not match the type; ``details["issues"]`` has the places.
    """
    try:
        return from_wire(kind, data)
    except ValidationError as error:
        issues = _issues_of(error, data)
        first, more = issues[0], len(issues) - 1
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in first["path"])
        others = f" (and {more} more)" if more else ""
        raise RPCError(
            ErrorCode.INVALID_RESULT,
            "the result does not match the contract: "
            f"result{''.join(steps)}: {first['message']}{others}",
            {"issues": issues[:_MAX_ISSUES]},
        ) from error


class DeclaredError(RPCError):
    """The base class of the errors that methods declare. Each is a class with its own code."""

    code: int


class DeclaredErrors:
    """A context manager that raises the errors that a method declares as their classes.

    An error whose details are not as declared stays a plain :class:`RPCError`.
    """

    def __init__(self, *declared: type[DeclaredError]) -> None:
        self._declared = declared

    def __enter__(self) -> None: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not isinstance(error, RPCError):
            return
        for declared in self._declared:
            if error.code == declared.code:
                typed = _typed(declared, error)
                if typed is not None:
                    raise typed.with_traceback(traceback) from None


def _typed(declared: type[DeclaredError], error: RPCError) -> DeclaredError | None:
    hint = get_type_hints(declared, include_extras=True).get("details")
    try:
        details = error.details if hint is None else from_wire(TypeAdapter(hint), error.details)
    except ValidationError:
        return None
    return declared(error.code, error.message, details)


_Path: TypeAlias = list[int | str]


class _Issue(TypedDict):
    """One problem, as in the details of the errors 400 and 502."""

    path: _Path
    """Keys and indexes from the value down to the problem."""
    message: str


def _issues_of(error: ValidationError, data: Any) -> list[_Issue]:
    """Returns the issues of ``data``, a decoded JSON value: one for each place.

    If all members of a union have failed, those that got deepest into the value are reported.
    """
    messages: dict[tuple[int | str, ...], list[str]] = {}
    for details in error.errors(include_url=False, include_context=False):
        location, target = details["loc"], details["input"]
        end: _Path = []
        if details["type"] == "missing":
            location, end = location[:-1], [location[-1]]
        elif location[-1:] == ("[key]",):
            location, end, target = location[:-2], [target], None
        path = (*_path_of(data, location, target), *end)
        messages.setdefault(path, []).append(details["msg"])
    outer = {path[:length] for path in messages for length in range(len(path))}
    return [
        {"path": list(path), "message": "; ".join(dict.fromkeys(texts))}
        for path, texts in messages.items()
        if path not in outer
    ]


def _path_of(data: Any, location: Iterable[int | str], target: Any) -> _Path:
    """The path of a location of pydantic's, which has names of types between the keys.

    A step that can be either is a key if that leads to ``target``, the invalid value.
    """
    readings: list[tuple[Any, _Path]] = [(data, [])]
    for step in location:
        inner = [
            (container[step], [*path, step])
            for container, path in readings
            if _has(container, step)
        ]
        readings = [*inner, *readings][:_MAX_READINGS]
    return next((path for value, path in readings if value is target), readings[0][1])


def _has(container: Any, step: int | str) -> bool:
    if isinstance(container, dict):
        return step in container
    if isinstance(container, list) and isinstance(step, int):
        return step < len(cast("Sized", container))
    return False
