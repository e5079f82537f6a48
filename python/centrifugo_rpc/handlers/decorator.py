"""``@websocket_rpc``: registers an async function as the handler of a method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterable
from types import FrameType
from typing import Any, Literal, TypeAlias, TypeVar, get_origin, get_type_hints

from pydantic import BaseModel
from typing_extensions import Never

from ..coded_errors import RegistrationError
from ..errors import DeclaredError, is_declared_error
from .context import ConnectionContext
from .middleware import Middleware
from .registry import (
    DEFAULT_MAX_PARAMS_NODES,
    Example,
    Method,
    Registry,
    check_method_name,
    default_registry,
)

_Result: TypeAlias = Coroutine[Any, Any, "BaseModel | None"]
HandlerT = TypeVar(
    "HandlerT",
    bound="Callable[[ConnectionContext, Never], _Result] | Callable[[ConnectionContext], _Result]",
)


def websocket_rpc(
    method_name: str,
    *,
    description: str | None = None,
    deprecated: str | Literal[True] | None = None,
    idempotent: bool = False,
    errors: Iterable[type[DeclaredError[Any]]] = (),
    examples: Iterable[Example] = (),
    middleware: Iterable[Middleware] = (),
    max_params_nodes: int = DEFAULT_MAX_PARAMS_NODES,
    registry: Registry | None = None,
) -> Callable[[HandlerT], HandlerT]:
    """Registers an async function as the handler of a method, and returns it unchanged.

        @websocket_rpc("tasks.get_stats")
        async def get_stats(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
            \"\"\"Counts the tasks of a user.\"\"\"

    Params and result are Pydantic models, found from the type hints. A handler without ``params``
    takes none; one that returns ``None`` has no result, and its callers get null.

    Args:
        method_name: Words of letters, digits, ``_`` and ``-``, joined by dots; at most 255
            characters.
        description: What the method does. Default: the docstring.
        deprecated: What callers should use instead, or ``True``.
        idempotent: A call may run twice without harm.
        errors: The declared errors that the handler raises.
        examples: Example calls for documentation.
        middleware: Runs around this handler only, inside the middleware of the service.
        max_params_nodes: The largest number of JSON values (objects, arrays and scalars) in the
            params. Calls with more are refused with 413, before the params are validated.
        registry: Where to register the method. Default: :func:`default_registry`.

    Raises:
        RegistrationError: A ``TypeError``: the name is taken or not valid, the function is not
            async, or its hints are missing or are not models. The message has the method, the
            place and the fix.
    """
    check_method_name(method_name)
    frame = inspect.currentframe()
    around = _Around(frame.f_back) if frame and frame.f_back else None

    def register(handler: HandlerT) -> HandlerT:
        problem = _Problem(method_name, handler)
        params, result = _models(handler, around, problem)
        doc = handler.__doc__
        (default_registry() if registry is None else registry).register(
            Method(
                name=method_name,
                handler=handler,
                params=params,
                result=result,
                description=description or (inspect.cleandoc(doc) if doc else None),
                deprecated=deprecated,
                idempotent=idempotent,
                errors=_declared(errors, problem),
                examples=tuple(examples),
                middleware=tuple(middleware),
                max_params_nodes=_count(max_params_nodes, problem),
                place=problem.place,
            )
        )
        return handler

    return register


def _count(value: object, problem: _Problem) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise problem(f"max_params_nodes is {value!r}: use a whole number of 1 or more")
    return value


class _Problem:
    """Makes the error for a handler, with the method and the place."""

    def __init__(self, method_name: str, handler: object) -> None:
        code = getattr(inspect.unwrap(handler), "__code__", None)  # type: ignore[arg-type]
        self.place = f"{code.co_filename}:{code.co_firstlineno}" if code else repr(handler)
        self._method = method_name

    def __call__(self, what: str) -> RegistrationError:
        return RegistrationError(f'method "{self._method}" at {self.place}: {what}')


class _Around:
    """The function or module that calls ``websocket_rpc``."""

    def __init__(self, frame: FrameType) -> None:
        self.names = frame.f_locals
        self._constants = frame.f_code.co_consts

    def defines(self, handler: object) -> bool:
        """Whether the handler is defined there, so that its hints may name local models."""
        return getattr(inspect.unwrap(handler), "__code__", None) in self._constants  # type: ignore[arg-type]


def _models(
    handler: Callable[..., object], around: _Around | None, problem: _Problem
) -> tuple[type[BaseModel] | None, type[BaseModel] | None]:
    """The models of params and result."""
    is_function = inspect.isfunction(handler) or inspect.ismethod(handler)
    if not (is_function and inspect.iscoroutinefunction(handler)):
        raise problem("the handler is not async: write it with async def")
    parameters = list(inspect.signature(handler).parameters.values())
    if not 1 <= len(parameters) <= 2 or any(p.kind not in _POSITIONAL for p in parameters):
        raise problem(
            "the handler must take conn and params: write "
            "async def handler(conn: ConnectionContext, params: Params) -> Result"
        )
    hints = _hints(handler, around, problem)
    conn, *params = parameters
    if hints.get(conn.name) is not ConnectionContext:
        raise problem(f"the first argument has no context: write {conn.name}: ConnectionContext")
    if "return" not in hints:
        raise problem("the hint of the result is missing: add -> Result, or -> None for no result")
    result = hints["return"]
    return (
        _model(f"argument {params[0].name}", hints.get(params[0].name), problem)
        if params
        else None,
        None if result is type(None) else _model("result", result, problem),
    )


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _hints(
    handler: Callable[..., object], around: _Around | None, problem: _Problem
) -> dict[str, Any]:
    names = around.names if around and around.defines(handler) else {}
    try:
        return get_type_hints(handler, localns=dict(names))
    except NameError as error:
        raise problem(
            f"in the hints, {error}: define or import it above the handler, not under "
            f"if TYPE_CHECKING"
        ) from error


def _model(what: str, hint: object, problem: _Problem) -> type[BaseModel]:
    if hint is None:
        raise problem(f"the hint of the {what} is missing: use a Pydantic model")
    if isinstance(hint, type) and issubclass(hint, BaseModel) and hint is not BaseModel:
        return hint
    name = hint.__name__ if isinstance(hint, type) and get_origin(hint) is None else str(hint)
    raise problem(
        f"the {what} is {name}, which is not a Pydantic model: use a class that derives from "
        f"BaseModel; for a list or another type RootModel, as in class Tasks(RootModel[list[Task]])"
    )


def _declared(
    errors: Iterable[type[DeclaredError[Any]]], problem: _Problem
) -> tuple[type[DeclaredError[Any]], ...]:
    declared = tuple(errors)
    for error in declared:
        if not is_declared_error(error):
            raise problem(f"errors has {error!r}: use classes that derive from DeclaredError")
    return declared
