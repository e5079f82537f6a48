"""The rows of the API's reference that are about the Python server side, as they stand there."""

import inspect
import os
from datetime import datetime, timezone
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from centrifugo_rpc import (
    ConnectionContext,
    Registry,
    RPCError,
    default_registry,
    websocket_rpc,
)
from centrifugo_rpc.configuration.config import DjangoCfgCentrifugoConfig
from centrifugo_rpc.handlers import registry
from centrifugo_rpc.testing import Caller


class TaskStatsParams(BaseModel):
    user_id: str
    include_completed: bool = True


class TaskStatsResult(BaseModel):
    total: int
    completed: int
    pending: int


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of its own, as far as handlers are concerned."""
    monkeypatch.setattr(registry, "_default", Registry())
    for name in [name for name in os.environ if name.startswith("CENTRIFUGO_")]:
        monkeypatch.delenv(name)


class TestWebsocketRpc:
    async def test_registers_the_handler_of_a_method(self) -> None:
        @websocket_rpc("tasks.get_stats")
        async def handler(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
            assert params == TaskStatsParams(user_id="123", include_completed=True)
            return TaskStatsResult(total=3, completed=1, pending=2)

        method = default_registry().get("tasks.get_stats")
        assert method is not None
        assert method.handler is handler
        assert (method.params, method.result) == (TaskStatsParams, TaskStatsResult)
        result = await Caller().call("tasks.get_stats", {"user_id": "123"})
        assert result == TaskStatsResult(total=3, completed=1, pending=2)

    def test_takes_the_method_name_as_its_one_positional_argument(self) -> None:
        positional = [
            parameter.name
            for parameter in inspect.signature(websocket_rpc).parameters.values()
            if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        ]
        assert positional == ["method_name"]

    def test_refuses_a_function_that_is_not_async(self) -> None:
        with pytest.raises(TypeError, match=r'"tasks\.get_stats".*async def'):

            @websocket_rpc("tasks.get_stats")  # type: ignore[type-var]  # pyright: ignore
            def handler(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
                raise AssertionError

    def test_refuses_hints_that_are_missing(self) -> None:
        with pytest.raises(TypeError, match=r'"tasks\.get_stats".*hint.*missing'):

            @websocket_rpc("tasks.get_stats")
            async def handler(conn: ConnectionContext, params) -> TaskStatsResult:  # type: ignore[no-untyped-def]  # pyright: ignore
                raise AssertionError

    def test_refuses_hints_that_are_not_models(self) -> None:
        with pytest.raises(TypeError, match=r'"tasks\.get_stats".*BaseModel'):

            @websocket_rpc("tasks.get_stats")  # type: ignore[type-var]  # pyright: ignore
            async def handler(conn: ConnectionContext, params: TaskStatsParams) -> dict[str, int]:
                raise AssertionError


async def test_connection_context_identifies_the_caller() -> None:
    seen: dict[str, Any] = {}

    @websocket_rpc("tasks.get_stats")
    async def handler(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
        seen.update(
            user_id=conn.user_id,
            client_id=conn.client_id,
            transport=conn.transport,
            meta=conn.meta,
            method=conn.method,
            correlation_id=conn.correlation_id,
            deadline=conn.deadline,
            cancelled=conn.cancelled,
        )
        return TaskStatsResult(total=0, completed=0, pending=0)

    await Caller(user_id="42", meta={"tenant": 7}).call(handler, TaskStatsParams(user_id="42"))
    assert seen["user_id"] == "42"
    assert seen["meta"] == {"tenant": 7}
    assert seen["method"] == "tasks.get_stats"
    assert seen["cancelled"] is False
    assert seen["deadline"] > datetime.now(timezone.utc)
    for text in ("client_id", "transport", "correlation_id"):
        assert isinstance(seen[text], str)
        assert seen[text] != ""


async def test_a_failure_of_the_handler_has_a_code_and_a_message() -> None:
    @websocket_rpc("tasks.get_stats")
    async def handler(conn: ConnectionContext, params: TaskStatsParams) -> TaskStatsResult:
        raise RPCError(1001, "quota used up")

    with pytest.raises(RPCError) as failed:
        await Caller().call("tasks.get_stats", {"user_id": "123"})
    assert (failed.value.code, failed.value.message) == (1001, "quota used up")


# field -> environment variable, a value, what it is then
FIELDS: dict[str, tuple[str, str, object]] = {
    "enabled": ("CENTRIFUGO_ENABLED", "true", True),
    "wrapper_url": (
        "CENTRIFUGO_WRAPPER_URL",
        "http://localhost:8001",
        "http://localhost:8001",
    ),
    "wrapper_api_key": ("CENTRIFUGO_WRAPPER_API_KEY", "wrapper-key", SecretStr("wrapper-key")),
    "centrifugo_url": (
        "CENTRIFUGO_URL",
        "ws://localhost:8000/connection/websocket",
        "ws://localhost:8000/connection/websocket",
    ),
    "centrifugo_api_url": (
        "CENTRIFUGO_API_URL",
        "http://localhost:8000/api",
        "http://localhost:8000/api",
    ),
    "centrifugo_api_key": ("CENTRIFUGO_API_KEY", "api-key", SecretStr("api-key")),
    "centrifugo_token_hmac_secret": (
        "CENTRIFUGO_TOKEN_HMAC_SECRET",
        "hmac-secret",
        SecretStr("hmac-secret"),
    ),
    "ack_timeout": ("CENTRIFUGO_ACK_TIMEOUT", "12", 12),
    "log_level": ("CENTRIFUGO_LOG_LEVEL", "WARNING", "WARNING"),
    "log_all_calls": ("CENTRIFUGO_LOG_ALL_CALLS", "false", False),
    "log_only_with_ack": ("CENTRIFUGO_LOG_ONLY_WITH_ACK", "true", True),
}

DEFAULTS: dict[str, object] = {
    "ack_timeout": 30,
    "log_level": "INFO",
    "log_all_calls": True,
    "log_only_with_ack": False,
}


class TestDjangoCfgCentrifugoConfig:
    def test_accepts_every_field(self) -> None:
        given: dict[str, Any] = {field: value for field, (_, value, _) in FIELDS.items()}
        config = DjangoCfgCentrifugoConfig(**given)
        assert {field: getattr(config, field) for field in FIELDS} == {
            field: value for field, (_, _, value) in FIELDS.items()
        }

    def test_reads_every_field_from_its_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable, value, _ in FIELDS.values():
            monkeypatch.setenv(variable, value)
        config = DjangoCfgCentrifugoConfig()
        assert {field: getattr(config, field) for field in FIELDS} == {
            field: value for field, (_, _, value) in FIELDS.items()
        }

    def test_has_the_defaults(self) -> None:
        given: dict[str, Any] = {
            field: value for field, (_, value, _) in FIELDS.items() if field not in DEFAULTS
        }
        config = DjangoCfgCentrifugoConfig(**given)
        assert {field: getattr(config, field) for field in DEFAULTS} == DEFAULTS

    def test_reports_all_wrong_fields_in_one_message(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for variable, value, _ in FIELDS.values():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("CENTRIFUGO_ACK_TIMEOUT", "soon")
        monkeypatch.setenv("CENTRIFUGO_URL", "http://localhost")
        monkeypatch.delenv("CENTRIFUGO_API_KEY")
        with pytest.raises(ValidationError) as refused:
            DjangoCfgCentrifugoConfig()
        for variable in ("CENTRIFUGO_ACK_TIMEOUT", "CENTRIFUGO_URL", "CENTRIFUGO_API_KEY"):
            assert variable in str(refused.value)
        assert "CENTRIFUGO_WRAPPER_URL" not in str(refused.value)
