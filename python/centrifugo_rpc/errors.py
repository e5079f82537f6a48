"""The errors that handlers raise for their callers, and the table of their codes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import (
    Any,
    ClassVar,
    Generic,
    TypeAlias,
    TypeGuard,
    cast,
    get_args,
    get_origin,
    overload,
)

from pydantic import BaseModel
from typing_extensions import Self, TypeVar

from .coded_errors import ArgumentTypeError, ArgumentValueError, RegistrationError

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
"""What JSON can express."""


class ErrorCode(IntEnum):
    """The closed table of error codes; an application uses its own from 1000 to 1999.

    Attributes:
        summary: What happened, in one sentence: the default message.
    """

    summary: str

    def __new__(cls, code: int, summary: str) -> Self:
        """Makes a row of the table."""
        row = int.__new__(cls, code)
        row._value_ = code
        row.summary = summary
        return row

    INVALID_PARAMS = 400, "The params do not match the method's schema."
    UNAUTHENTICATED = 401, "The caller has no identity: the token is missing, wrong or expired."
    PERMISSION_DENIED = 403, "The caller may not do this."
    METHOD_NOT_FOUND = 404, "No handler is registered for this method."
    DEADLINE_EXCEEDED = 408, "The call's time was up before its result arrived."
    OUTCOME_UNKNOWN = (
        409,
        "The call was sent, but it is not known whether it ran.",
    )
    PAYLOAD_TOO_LARGE = 413, "The call or its reply is larger than a message may be."
    RATE_LIMITED = 429, "Too many calls: wait before the next one."
    CANCELLED = 499, "The caller cancelled the call."
    INTERNAL = 500, "The handler failed: the cause is in the server's log."
    INVALID_RESULT = (
        502,
        "The server's result does not match the contract that the client was generated from.",
    )
    UNAVAILABLE = 503, "The service cannot be reached right now: the call was not run."


_SUMMARIES: dict[int, str] = {code.value: code.summary for code in ErrorCode}


class RPCError(Exception):
    """A call that failed. Handlers raise it to report the reason to the caller.

    The caller sees no other exception: it gets ``INTERNAL``, and the log has the cause.

        raise RPCError(ErrorCode.PERMISSION_DENIED, "only the owner may close a task")
        raise RPCError(1001, "the quota is used up", {"limit": 10})

    Attributes:
        code: One of :class:`ErrorCode`, or the application's own from 1000 to 1999.
        message: What happened, for a developer to read. Default: the table's sentence.

    Raises:
        ArgumentValueError: The code is not an integer from 400 to 1999; Centrifugo reserves the
            others.
    """

    code: int
    message: str

    def __init__(self, code: int, message: str | None = None, details: JSON = None) -> None:
        _check_code(code, "RPCError", 400, ArgumentValueError)
        self._set(int(code), message or _SUMMARIES.get(code, f"error {code}"), details)

    def _set(self, code: int, message: str, details: object) -> None:
        # All three go into args, so that a copied or pickled error is the same error.
        self.args = (code, message, details)
        self.code = code
        self.message = message
        self._details = details

    @property
    def details(self) -> JSON | BaseModel:
        """Data for the caller beside the message; ``None`` if there is none."""
        return cast("JSON | BaseModel", self._details)

    def __str__(self) -> str:
        return f"{self.message} (code {self.code})"


DetailsT = TypeVar("DetailsT", bound=BaseModel | None)


class DeclaredError(RPCError, Generic[DetailsT]):
    """The base of the errors that methods declare in ``errors``.

    The generated clients have a class of the same name for each of them. The docstring says when
    it happens, and becomes the doc comment there.

        class TaskNotFound(DeclaredError[TaskNotFoundDetails], code=1001, message="no such task"):
            \"\"\"There is no such task.\"\"\"

        class QuotaUsedUp(DeclaredError[None], code=1002):
            \"\"\"The user has made all calls of the day.\"\"\"

        raise TaskNotFound(TaskNotFoundDetails(task_id=1))
        raise QuotaUsedUp()

    The class keyword ``code`` is an integer from 1000 to 1999, one error a code. ``message`` is
    the message when none is given to the constructor; default: the class's name.

    Attributes:
        description: The docstring, ``None`` without one.
        details_model: The model of the details, ``None`` for an error without.
        default_message: The class keyword ``message``, or the name.

    Raises:
        TypeError: When the class is defined: the name is not in PascalCase, the code is wrong, or
            the details are neither a Pydantic model nor ``None``.
    """

    description: ClassVar[str | None]
    details_model: ClassVar[type[BaseModel] | None]
    default_message: ClassVar[str]

    def __init_subclass__(cls, *, code: int, message: str | None = None, **kwargs: Any) -> None:
        """Checks the definition."""
        super().__init_subclass__(**kwargs)
        name = cls.__name__
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]{0,99}", name):
            raise RegistrationError(
                f'error "{name}": write the name in PascalCase, as in "TaskNotFound"'
            )
        _check_code(code, f'code of the error "{name}"', 1000, RegistrationError)
        cls.code = int(code)
        cls.default_message = message or name
        doc = cls.__dict__.get("__doc__")
        cls.description = inspect.cleandoc(doc) if doc else None
        cls.details_model = _details_model(cls)

    @overload
    def __init__(self: DeclaredError[None], *, message: str | None = None) -> None: ...
    @overload
    def __init__(self, details: DetailsT, *, message: str | None = None) -> None: ...
    def __init__(self, details: BaseModel | None = None, *, message: str | None = None) -> None:
        cls = type(self)
        if not isinstance(details, cls.details_model or type(None)):
            expected = cls.details_model.__name__ if cls.details_model else "no details"
            raise ArgumentTypeError(
                f"{cls.__name__} takes {expected}, not {type(details).__name__}"
            )
        self._set(cls.code, message or cls.default_message, details)

    @property
    def details(self) -> DetailsT:
        """Data for the caller beside the message."""
        return cast("DetailsT", self._details)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles with the constructor's arguments."""
        return _rebuild, (type(self), self._details, self.message)


def is_declared_error(kind: object) -> TypeGuard[type[DeclaredError[Any]]]:
    """Whether ``kind`` is a class that derives from :class:`DeclaredError`."""
    return isinstance(kind, type) and issubclass(kind, DeclaredError)


def _rebuild(
    cls: type[DeclaredError[Any]], details: BaseModel | None, message: str
) -> DeclaredError[Any]:
    return cls(details, message=message)


def _check_code(
    code: object,
    subject: str,
    lowest: int,
    error: type[ArgumentValueError] | type[RegistrationError],
) -> None:
    if isinstance(code, bool) or not isinstance(code, int) or not lowest <= code <= 1999:
        raise error(f"{subject} is {code!r}: use an integer from {lowest} to 1999")


def _details_model(cls: type[DeclaredError[Any]]) -> type[BaseModel] | None:
    for base in cls.__dict__.get("__orig_bases__", ()):
        if get_origin(base) is not DeclaredError:
            continue
        (details,) = get_args(base)
        if details is type(None):
            return None
        if isinstance(details, type) and issubclass(details, BaseModel):
            return details
    raise RegistrationError(
        f'error "{cls.__name__}": derive it from DeclaredError[Details], where Details is a '
        f"Pydantic model that is defined above it, or from DeclaredError[None]"
    )
