# pyright: reportUnusedClass=false
from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from pydantic import BaseModel

from centrifugo_rpc import DeclaredError, ErrorCode, RPCError


class Missing(BaseModel):
    task_id: int


class Other(BaseModel):
    task_id: int


class TaskNotFound(DeclaredError[Missing], code=1001, message="no such task"):
    """There is no such task.

    Or no longer.
    """


class QuotaUsedUp(DeclaredError[None], code=1002): ...


class TestRPCError:
    def test_has_the_sentence_of_the_table_unless_a_message_is_given(self) -> None:
        assert RPCError(403).message == "The caller may not do this."
        assert RPCError(ErrorCode.PERMISSION_DENIED, "not yours").message == "not yours"
        assert RPCError(1001).message == "error 1001"

    def test_shows_its_code(self) -> None:
        assert str(RPCError(ErrorCode.RATE_LIMITED, "slower")) == "slower (code 429)"
        assert type(RPCError(ErrorCode.RATE_LIMITED).code) is int

    @pytest.mark.parametrize("code", [0, 399, 2000, -1, True, 400.5, "400", None])
    def test_refuses_a_code_that_centrifugo_reserves(self, code: Any) -> None:
        with pytest.raises(ValueError, match="use an integer from 400 to 1999"):
            RPCError(code)

    def test_is_the_same_error_when_it_is_copied_or_pickled(self) -> None:
        error = RPCError(1001, "no", {"limit": 10})
        for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert (same.code, same.message, same.details) == (1001, "no", {"limit": 10})


class TestDeclaredError:
    def test_has_details_and_the_message_of_its_class(self) -> None:
        error = TaskNotFound(Missing(task_id=1))
        assert (error.code, error.message) == (1001, "no such task")
        assert error.details == Missing(task_id=1)
        assert isinstance(error, RPCError)

    def test_can_be_without_details(self) -> None:
        assert QuotaUsedUp().details is None
        assert QuotaUsedUp().message == "QuotaUsedUp"
        assert QuotaUsedUp(message="come back tomorrow").message == "come back tomorrow"

    def test_has_its_parts_of_the_contract(self) -> None:
        assert TaskNotFound.code == 1001
        assert TaskNotFound.details_model is Missing
        assert TaskNotFound.description == "There is no such task.\n\nOr no longer."
        assert (QuotaUsedUp.details_model, QuotaUsedUp.description) == (None, None)

    @pytest.mark.parametrize(
        ("error", "details"),
        [(TaskNotFound, None), (TaskNotFound, Other(task_id=1)), (QuotaUsedUp, Other(task_id=1))],
    )
    def test_refuses_details_of_another_kind(self, error: Any, details: Any) -> None:
        with pytest.raises(TypeError, match=f"{error.__name__} takes (Missing|no details), not"):
            error(details)

    def test_is_the_same_error_when_it_is_copied_or_pickled(self) -> None:
        error = TaskNotFound(Missing(task_id=1), message="gone")
        for same in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert type(same) is TaskNotFound
            assert (same.message, same.details) == ("gone", Missing(task_id=1))

    @pytest.mark.parametrize("code", [999, 2000, True, "1001", None])
    def test_refuses_a_code_that_is_not_for_applications(self, code: Any) -> None:
        with pytest.raises(TypeError, match=r'code of the error "Wrong" is .* from 1000 to 1999'):

            class Wrong(DeclaredError[None], code=code): ...

    def test_refuses_a_name_that_is_not_in_pascal_case(self) -> None:
        with pytest.raises(TypeError, match='error "not_found": write the name in PascalCase'):

            class not_found(DeclaredError[None], code=1003): ...  # noqa: N801

    @pytest.mark.parametrize("details", [int, "Missing", BaseModel | None])
    def test_refuses_details_that_are_not_a_model(self, details: Any) -> None:
        with pytest.raises(
            TypeError, match=r'error "Wrong": derive it from DeclaredError\[Details'
        ):

            class Wrong(DeclaredError[details], code=1003): ...

    def test_refuses_to_be_derived_from_an_error_with_another_code(self) -> None:
        with pytest.raises(
            TypeError, match=r'error "Wrong": derive it from DeclaredError\[Details'
        ):

            class Wrong(TaskNotFound, code=1003): ...
