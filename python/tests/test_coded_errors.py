from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from centrifugo_rpc import (
    ArgumentTypeError,
    ArgumentValueError,
    ConnectionContext,
    DeclaredError,
    HandlerService,
    Publisher,
    RegistrationError,
    Registry,
    RPCError,
    build_contract,
    websocket_rpc,
)
from centrifugo_rpc.coded_errors import CodedErrorCode
from centrifugo_rpc.generate import GenerateError, registry_contract
from centrifugo_rpc.testing import Caller
from tests.test_contract import Data

TABLE = Path(__file__).parents[2] / "src" / "protocol" / "coded-error.ts"


def test_every_code_is_in_the_table_of_the_project() -> None:
    known = set(re.findall(r"^  (CRPC_\w+):", TABLE.read_text(), re.MULTILINE))
    assert {*get_args(CodedErrorCode)} <= known


def not_async() -> None:
    def handler(conn: ConnectionContext) -> None: ...

    register: Any = websocket_rpc("a", registry=Registry())
    register(handler)


def duplicate() -> None:
    registry = Registry()
    for _ in range(2):

        @websocket_rpc("a", registry=registry)
        async def handler(conn: ConnectionContext) -> None: ...


def no_contract() -> None:
    registry = Registry()

    @websocket_rpc("a", registry=registry)
    async def handler(conn: ConnectionContext, params: Data) -> None: ...

    build_contract(registry)


def no_handler() -> None:
    registry_contract(Registry())


def wrong_declared_error() -> None:
    class Wrong(DeclaredError[None], code=1): ...  # pyright: ignore[reportUnusedClass]


PUBLISHER = Publisher("http://localhost:1", "key")


@pytest.mark.parametrize(
    ("action", "error", "base", "code"),
    [
        (not_async, RegistrationError, TypeError, "CRPC_METHOD_INVALID"),
        (lambda: websocket_rpc("a b"), RegistrationError, TypeError, "CRPC_METHOD_INVALID"),
        (duplicate, RegistrationError, TypeError, "CRPC_METHOD_DUPLICATE"),
        (no_handler, GenerateError, Exception, "CRPC_GENERATION_FAILED"),
        (no_contract, RegistrationError, TypeError, "CRPC_METHOD_INVALID"),
        (wrong_declared_error, RegistrationError, TypeError, "CRPC_METHOD_INVALID"),
        (lambda: RPCError(1), ArgumentValueError, ValueError, "CRPC_ARGUMENT_INVALID"),
        (
            lambda: HandlerService(secret=""),
            ArgumentValueError,
            ValueError,
            "CRPC_ARGUMENT_INVALID",
        ),
        (
            lambda: Publisher("ftp://x", "key"),
            ArgumentValueError,
            ValueError,
            "CRPC_ARGUMENT_INVALID",
        ),
        (
            lambda: PUBLISHER.broadcast([], 1),
            ArgumentValueError,
            ValueError,
            "CRPC_ARGUMENT_INVALID",
        ),
        (
            lambda: PUBLISHER.publish("a", float("nan")),
            ArgumentTypeError,
            TypeError,
            "CRPC_ARGUMENT_INVALID",
        ),
    ],
)
def test_an_error_has_its_code_and_stays_a_built_in_error(
    action: Callable[[], Any], error: type[Exception], base: type[Exception], code: str
) -> None:
    with pytest.raises(base) as caught:
        action()
    assert type(caught.value) is error
    assert getattr(caught.value, "code", None) == code


async def test_a_function_that_is_not_a_handler_is_a_wrong_argument() -> None:
    async def handler(conn: ConnectionContext) -> None: ...

    with pytest.raises(ArgumentTypeError) as caught:
        await Caller(Registry()).call(handler)
    assert caught.value.code == "CRPC_ARGUMENT_INVALID"
