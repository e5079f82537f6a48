from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import pytest
from pydantic import BaseModel, RootModel

from centrifugo_rpc import (
    ConnectionContext,
    DeclaredError,
    Example,
    Method,
    Middleware,
    Next,
    Registry,
    default_registry,
    websocket_rpc,
)

if TYPE_CHECKING:
    from decimal import Decimal


class Params(BaseModel):
    user_id: str


class Stats(BaseModel):
    total: int


ItemT = TypeVar("ItemT")


class Page(BaseModel, Generic[ItemT]):
    items: list[ItemT]


class Gone(DeclaredError[None], code=1001): ...


@pytest.fixture
def registry() -> Registry:
    return Registry()


def only(registry: Registry) -> Method:
    (method,) = registry.list()
    return method


class TestWebsocketRpc:
    def test_registers_the_function_and_returns_it(self, registry: Registry) -> None:
        async def get_stats(conn: ConnectionContext, params: Params) -> Stats:
            """Counts the tasks.

            Those of a user.
            """
            return Stats(total=0)

        assert websocket_rpc("tasks.get_stats", registry=registry)(get_stats) is get_stats
        method = only(registry)
        assert (method.name, method.handler) == ("tasks.get_stats", get_stats)
        assert (method.params, method.result) == (Params, Stats)
        assert method.description == "Counts the tasks.\n\nThose of a user."
        assert method.place.startswith(__file__ + ":")

    def test_accepts_the_other_options_of_a_method(self, registry: Registry) -> None:
        def same(next: Next) -> Next:
            return next

        example = Example(params={"user_id": "1"}, description="one user")
        middleware: list[Middleware] = [same]

        @websocket_rpc(
            "a",
            description="Does it.",
            deprecated="use b",
            idempotent=True,
            errors=[Gone],
            examples=[example],
            middleware=middleware,
            registry=registry,
        )
        async def a(conn: ConnectionContext, params: Params) -> None:
            """Not this."""

        method = only(registry)
        assert (method.description, method.deprecated) == ("Does it.", "use b")
        assert (method.idempotent, method.errors) == (True, (Gone,))
        assert (method.examples, method.middleware) == ((example,), (same,))

    def test_accepts_handlers_without_params_and_without_a_result(self, registry: Registry) -> None:
        @websocket_rpc("ping", registry=registry)
        async def ping(conn: ConnectionContext) -> None: ...

        assert (only(registry).params, only(registry).result) == (None, None)

    def test_accepts_generic_and_root_models(self, registry: Registry) -> None:
        @websocket_rpc("list", registry=registry)
        async def list_(conn: ConnectionContext, ids: RootModel[list[int]]) -> Page[Stats]:
            return Page(items=[])

        assert only(registry).params is RootModel[list[int]]
        assert only(registry).result is Page[Stats]

    def test_finds_models_that_are_local_to_a_function(self, registry: Registry) -> None:
        class Local(BaseModel):
            value: int

        @websocket_rpc("local", registry=registry)
        async def local(conn: ConnectionContext, params: Local) -> Local:
            return params

        assert (only(registry).params, only(registry).result) == (Local, Local)

    def test_sees_through_other_decorators(self, registry: Registry) -> None:
        def logged(handler: Any) -> Any:
            @functools.wraps(handler)
            async def wrapper(*args: Any) -> Any:
                return await handler(*args)

            return wrapper

        @websocket_rpc("wrapped", registry=registry)
        @logged
        async def wrapped(conn: ConnectionContext, params: Params) -> Stats:
            return Stats(total=0)

        assert (only(registry).params, only(registry).result) == (Params, Stats)

    def test_accepts_a_method_of_an_object(self, registry: Registry) -> None:
        class Tasks:
            async def get(self, conn: ConnectionContext, params: Params) -> Stats:
                return Stats(total=0)

        websocket_rpc("tasks.get", registry=registry)(Tasks().get)
        assert (only(registry).params, only(registry).result) == (Params, Stats)

    def test_registers_to_the_registry_of_the_process_by_default(self) -> None:
        @websocket_rpc("test_decorator.default")
        async def default(conn: ConnectionContext) -> None: ...

        method = default_registry().get("test_decorator.default")
        assert method is not None
        assert method.handler is default


async def no_result(conn: ConnectionContext, params: Params): ...  # type: ignore[no-untyped-def]


async def no_params_hint(conn: ConnectionContext, params) -> Stats: ...  # type: ignore


async def no_conn_hint(conn, params: Params) -> Stats: ...  # type: ignore


async def wrong_conn(conn: Params) -> None: ...


async def dict_params(conn: ConnectionContext, params: dict[str, str]) -> None: ...


async def int_params(conn: ConnectionContext, params: int) -> None: ...


async def base_params(conn: ConnectionContext, params: BaseModel) -> None: ...


async def list_result(conn: ConnectionContext) -> list[Stats]: ...  # type: ignore[empty-body]


async def optional_result(conn: ConnectionContext) -> Stats | None: ...


async def unknown_hint(conn: ConnectionContext) -> Unknown: ...  # type: ignore  # noqa: F821


async def type_checking_hint(conn: ConnectionContext) -> Decimal: ...  # type: ignore[empty-body]


async def nothing() -> None: ...


async def too_many(conn: ConnectionContext, params: Params, more: Params) -> None: ...


async def keyword_only(conn: ConnectionContext, *, params: Params) -> None: ...


async def variadic(conn: ConnectionContext, *params: Params) -> None: ...


def not_async(conn: ConnectionContext, params: Params) -> Stats:
    return Stats(total=0)


async def generator(conn: ConnectionContext) -> Any:
    yield


MODEL = "which is not a Pydantic model: use a class that derives from BaseModel"


REFUSED: list[tuple[Any, str]] = [
    (not_async, "the handler is not async: write it with async def"),
    (generator, "the handler is not async: write it with async def"),
    (no_result, "the hint of the result is missing: add -> Result, or -> None"),
    (no_params_hint, "the hint of the argument params is missing: use a Pydantic model"),
    (no_conn_hint, "the first argument has no context: write conn: ConnectionContext"),
    (wrong_conn, "the first argument has no context: write conn: ConnectionContext"),
    (dict_params, f"the argument params is dict[str, str], {MODEL}"),
    (int_params, f"the argument params is int, {MODEL}"),
    (base_params, f"the argument params is BaseModel, {MODEL}"),
    (list_result, f"the result is list[{__name__}.Stats], {MODEL}"),
    (optional_result, f"{MODEL}; for a list or another type RootModel"),
    (unknown_hint, "name 'Unknown' is not defined: define or import it above the handler"),
    (type_checking_hint, "name 'Decimal' is not defined: define or import it above"),
    (nothing, "the handler must take conn and params"),
    (too_many, "the handler must take conn and params"),
    (keyword_only, "the handler must take conn and params"),
    (variadic, "the handler must take conn and params"),
]


@pytest.mark.parametrize(("handler", "message"), REFUSED)
def test_refuses_a_handler_with_its_method_its_place_and_the_fix(
    handler: Any, message: str, registry: Registry
) -> None:
    with pytest.raises(TypeError) as caught:
        websocket_rpc("tasks.wrong", registry=registry)(handler)
    line = handler.__code__.co_firstlineno
    assert str(caught.value).startswith(f'method "tasks.wrong" at {__file__}:{line}: ')
    assert message in str(caught.value)
    assert registry.list() == []


def test_refuses_an_object_that_is_not_a_function(registry: Registry) -> None:
    async def handler(conn: ConnectionContext) -> None: ...

    for wrong in (functools.partial(handler), staticmethod(handler), 3, Stats):
        with pytest.raises(TypeError, match=r'method "x" at .*write it with async def'):
            websocket_rpc("x", registry=registry)(wrong)  # type: ignore[type-var]


def test_refuses_errors_that_are_not_declared(registry: Registry) -> None:
    async def handler(conn: ConnectionContext) -> None: ...

    wrong: Any = ValueError
    with pytest.raises(TypeError, match=r"errors has .*ValueError.*: use classes that derive from"):
        websocket_rpc("x", errors=[wrong], registry=registry)(handler)


def test_refuses_a_taken_name_with_its_place(registry: Registry) -> None:
    @websocket_rpc("tasks.get", registry=registry)
    async def first(conn: ConnectionContext) -> None: ...

    async def second(conn: ConnectionContext) -> None: ...

    with pytest.raises(TypeError) as caught:
        websocket_rpc("tasks.get", registry=registry)(second)
    message = str(caught.value)
    assert f"at {__file__}:{second.__code__.co_firstlineno} is already registered" in message
    assert f"registered at {__file__}:{first.__code__.co_firstlineno}: give each" in message
    assert only(registry).handler is first


def test_reports_a_module_that_is_imported_twice(registry: Registry) -> None:
    async def handler(conn: ConnectionContext) -> None: ...

    websocket_rpc("a", registry=registry)(handler)
    with pytest.raises(TypeError, match="import that module under one name only"):
        websocket_rpc("a", registry=registry)(handler)


@pytest.mark.parametrize("name", ["", ".", "a.", "a b", "a..b", "tasks/get", "ä", "a" * 256, "a\n"])
def test_refuses_a_name_that_is_not_valid(name: str) -> None:
    with pytest.raises(TypeError, match='a name is words of letters, digits, "_" and "-"'):
        websocket_rpc(name)


def test_refuses_names_of_the_protocol() -> None:
    with pytest.raises(TypeError, match=r"names that start with \$rpc\. are reserved"):
        websocket_rpc("$rpc.hello")


def test_a_registry_lists_its_methods_by_name(registry: Registry) -> None:
    for name in ("b", "a.b", "a-b", "A"):

        @websocket_rpc(name, registry=registry)
        async def handler(conn: ConnectionContext) -> None: ...

    assert [method.name for method in registry.list()] == ["A", "a-b", "a.b", "b"]
    assert len(registry) == 4
    assert registry.get("missing") is None
