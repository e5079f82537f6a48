from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from centrifugo_rpc_client.errors import RPCError
from centrifugo_rpc_client.models import RPCModel
from centrifugo_rpc_client.typed_calls import DeclaredError, DeclaredErrors
from centrifugo_rpc_client.wire_types import Int64


class TaskLocked(DeclaredError):  # noqa: N818 - names are the contract's
    code = 1002


class TaskNotFound(DeclaredError):  # noqa: N818
    code = 1001
    details: TaskNotFoundDetails


class TaskNotFoundDetails(RPCModel):
    task_id: Int64


def test_an_error_with_details() -> None:
    with pytest.raises(TaskNotFound) as caught, DeclaredErrors(TaskLocked, TaskNotFound):
        raise RPCError(1001, "no such task", {"task_id": "5"})
    error = caught.value
    assert (error.code, error.message, error.details.task_id) == (1001, "no such task", 5)
    assert TaskNotFound.code == 1001
    assert isinstance(error, ValueError)
    for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(same) is TaskNotFound
        assert same.details == error.details


def test_an_error_without_details() -> None:
    with pytest.raises(TaskLocked) as caught, DeclaredErrors(TaskLocked):
        raise RPCError(1002, "locked", {"since": 5})
    assert caught.value.details == {"since": 5}


@pytest.mark.parametrize("details", [None, {}, {"task_id": 5}, {"task_id": "x"}])
def test_details_that_do_not_match(details: Any) -> None:
    plain = RPCError(1001, "no such task", details)
    with pytest.raises(RPCError) as caught, DeclaredErrors(TaskNotFound):
        raise plain
    assert caught.value is plain


def test_other_errors_pass() -> None:
    for error in (RPCError(1003, "other"), KeyError("x"), RPCError(404, "")):
        with pytest.raises(type(error)) as caught, DeclaredErrors(TaskLocked, TaskNotFound):
            raise error
        assert caught.value is error
