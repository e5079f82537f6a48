"""Errors that are not RPC errors. Each has a stable code of docs/errors.md, "Other errors"."""

from __future__ import annotations

from typing import Literal, TypeAlias

CodedErrorCode: TypeAlias = Literal[
    "CRPC_ARGUMENT_INVALID",
    "CRPC_CONFIG_INVALID",
    "CRPC_GENERATION_FAILED",
    "CRPC_METHOD_DUPLICATE",
    "CRPC_METHOD_INVALID",
]


class ArgumentTypeError(TypeError):
    """An argument has a wrong type."""

    code: CodedErrorCode = "CRPC_ARGUMENT_INVALID"


class ArgumentValueError(ValueError):
    """An argument has the right type and a wrong value."""

    code: CodedErrorCode = "CRPC_ARGUMENT_INVALID"


class RegistrationError(TypeError):
    """A method or a declared error cannot be registered, or not be part of a contract.

    Attributes:
        code: ``CRPC_METHOD_INVALID``, or ``CRPC_METHOD_DUPLICATE`` if the name is taken.
    """

    def __init__(self, message: str, code: CodedErrorCode = "CRPC_METHOD_INVALID") -> None:
        super().__init__(message)
        self.code = code
