"""The errors that methods declare."""

from __future__ import annotations

from types import TracebackType
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from .errors import RPCError
from .models import from_wire


class DeclaredError(RPCError):
    """The base of the errors that methods declare: each has a class, with its own code."""

    code: int


class DeclaredErrors:
    """Raises, in its ``with`` block, the errors that a method declares as their own classes.

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
    adapter = _details_of(declared)
    try:
        details = error.details if adapter is None else from_wire(adapter, error.details)
    except ValidationError:
        return None
    return declared(error.code, error.message, details)


def _details_of(declared: type[DeclaredError]) -> TypeAdapter[Any] | None:
    details = get_type_hints(declared, include_extras=True).get("details")
    return None if details is None else TypeAdapter(details)
