"""The methods that a server offers."""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel

from ..coded_errors import RegistrationError
from ..errors import JSON, DeclaredError
from .middleware import Middleware

DEFAULT_MAX_PARAMS_NODES = 10_000

Handler: TypeAlias = Callable[..., Coroutine[Any, Any, Any]]
"""The function behind a method: it takes ``conn``, and the params if the method has any."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """An example call for documentation. It is checked when the contract is built.

    Attributes:
        params: The params, as JSON or as their model.
        result: The result, as JSON or as its model.
        description: What the example shows.
    """

    params: JSON | BaseModel = None
    result: JSON | BaseModel = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Method:
    """A method, as :func:`~centrifugo_rpc.websocket_rpc` registers it.

    Attributes:
        name: As in ``tasks.get_stats``.
        handler: The function behind it.
        params: The model of the params, ``None`` for a method without params.
        result: The model of the result, ``None`` for a method that answers with null.
        description: What the method does; the doc comment in generated clients.
        deprecated: What callers should use instead, or ``True``.
        idempotent: A call may run twice without harm.
        errors: The declared errors that the handler raises.
        examples: Example calls for documentation.
        middleware: Runs around this handler only, inside the middleware of the service.
        max_params_nodes: The largest number of JSON values in the params.
        place: Where the handler is defined: ``file:line``.
    """

    name: str
    handler: Handler
    params: type[BaseModel] | None = None
    result: type[BaseModel] | None = None
    description: str | None = None
    deprecated: str | Literal[True] | None = None
    idempotent: bool = False
    errors: tuple[type[DeclaredError[Any]], ...] = ()
    examples: tuple[Example, ...] = ()
    middleware: tuple[Middleware, ...] = ()
    max_params_nodes: int = DEFAULT_MAX_PARAMS_NODES
    place: str


class Registry:
    """The methods that a server offers, by name. Methods are added, never removed."""

    def __init__(self) -> None:
        self._methods: dict[str, Method] = {}

    def register(self, method: Method) -> None:
        """Adds a method.

        Raises:
            RegistrationError: The name is not valid or is taken.
        """
        check_method_name(method.name)
        first = self._methods.setdefault(method.name, method)
        if first is not method:
            raise RegistrationError(
                f'method "{method.name}" at {method.place} is already registered at {first.place}: '
                + (
                    "import that module under one name only"
                    if first.place == method.place
                    else "give each handler its own name"
                ),
                "CRPC_METHOD_DUPLICATE",
            )

    def get(self, name: str) -> Method | None:
        """Returns the method of that name, or ``None``."""
        return self._methods.get(name)

    def list(self) -> list[Method]:
        """Returns all methods, sorted by name."""
        return sorted(self._methods.values(), key=lambda method: method.name)

    def __len__(self) -> int:
        return len(self._methods)


def default_registry() -> Registry:
    """Returns the registry of this process, the default of ``websocket_rpc``."""
    return _default


_default = Registry()


def check_method_name(name: str) -> None:
    """Refuses a name that is not valid for a method.

    Raises:
        RegistrationError: The message states the rule.
    """
    if name.startswith("$rpc."):
        raise RegistrationError(f'method "{name}": names that start with $rpc. are reserved')
    if len(name) > 255 or not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*", name):
        raise RegistrationError(
            f'method "{name}": a name is words of letters, digits, "_" and "-", joined by dots, '
            f'at most 255 characters, as in "tasks.get_stats"'
        )
