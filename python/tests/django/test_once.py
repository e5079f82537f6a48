"""Effects that happen once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections, transaction
from pydantic import BaseModel, Field

from centrifugo_rpc import ConnectionContext
from centrifugo_rpc.django import aonce, once
from centrifugo_rpc.django.models import RecordedCall
from centrifugo_rpc.testing import connection_context


class Order(BaseModel):
    item: str = Field(alias="theItem")


effects: list[str] = []


def order(item: str) -> Order:
    effects.append(item)
    return Order(theItem=item)


def fail(item: str) -> Order:
    order(item)
    RecordedCall.objects.create(id=item)
    raise ValueError(item)


@pytest.fixture(autouse=True)
def _database(tmp_path: Path) -> Iterator[None]:
    """In a file, so that all threads have the same one."""
    effects.clear()
    settings = connections.settings["default"]
    before = settings["NAME"]
    connections.close_all()
    settings["NAME"] = connection.settings_dict["NAME"] = str(tmp_path / "db.sqlite3")
    call_command("migrate", "centrifugo_rpc", verbosity=0)
    yield
    connections.close_all()
    settings["NAME"] = connection.settings_dict["NAME"] = before


def call(
    *, user_id: str = "42", method: str = "orders.create", id: str = "c-1", key: str | None = None
) -> ConnectionContext:
    return connection_context(
        user_id=user_id, method=method, correlation_id=id, idempotency_key=key
    )


def test_a_repeated_call_gets_the_stored_result() -> None:
    assert once(call(), order, "a") == Order(theItem="a")
    assert once(call(), order, item="b") == Order(theItem="a")
    assert effects == ["a"]


@pytest.mark.parametrize(
    "other", [call(user_id="43"), call(method="orders.cancel"), call(id="c-2"), call(key="c-1")]
)
def test_another_call_has_its_own_effect(other: ConnectionContext) -> None:
    once(call(), order, "a")
    assert once(other, order, "b") == Order(theItem="b")


def test_calls_with_one_key_are_one_call() -> None:
    once(call(id="c-1", key="k"), order, "a")
    assert once(call(id="c-2", key="k"), order, "b") == Order(theItem="a")


def test_an_effect_that_fails_is_rolled_back_and_runs_again() -> None:
    with transaction.atomic(), pytest.raises(ValueError, match="a"):
        once(call(), fail, "a")
    assert RecordedCall.objects.count() == 0
    assert once(call(), order, "b") == Order(theItem="b")


def test_an_outer_transaction_includes_it() -> None:
    with transaction.atomic():
        once(call(), order, "a")
        transaction.set_rollback(True)
    assert once(call(), order, "b") == Order(theItem="b")


def test_there_may_be_no_result() -> None:
    def nothing() -> None:
        effects.append("nothing")

    for _ in range(2):
        once(call(), nothing)
    assert effects == ["nothing"]


async def test_asynchronous_handlers_wait_for_it() -> None:
    for item in ("a", "b"):
        assert await aonce(call(), order, item) == Order(theItem="a")
    assert effects == ["a"]


def test_the_type_of_the_result_must_be_known() -> None:
    with pytest.raises(TypeError, match="has no usable type hint") as caught:
        once(call(), lambda: 1)
    assert getattr(caught.value, "code", None) == "CRPC_ARGUMENT_INVALID"


def test_the_migration_is_that_of_the_model() -> None:
    call_command("makemigrations", "centrifugo_rpc", check=True, dry_run=True, verbosity=0)
