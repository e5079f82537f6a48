"""The contract of a registry, from which clients are generated. See docs/contract.md."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel
from pydantic_core import from_json
from typing_extensions import NotRequired, TypedDict

from .coded_errors import RegistrationError
from .errors import JSON, DeclaredError, RPCError
from .handlers.context import logger
from .handlers.params import decode_params
from .handlers.registry import Example, Method, Registry
from .schema.cost import exponential_unions
from .schema.json_schema import NoJsonError, json_schema
from .schema.keywords import JsonSchema, is_object
from .schema.names import ModelNames
from .schema.shapes import Shapes
from .wire.encoding import EncodingError, encode_json, encode_model
from .wire.issues import Issues


class ContractErrorType(TypedDict):
    """An error that a method declares. The same name means the same error everywhere."""

    name: str
    code: int
    description: NotRequired[str]
    details: NotRequired[JsonSchema]


class ContractExample(TypedDict):
    """An example call of a method."""

    description: NotRequired[str]
    params: NotRequired[JSON]
    result: NotRequired[JSON]


class ContractMethod(TypedDict):
    """A method of a :class:`Contract`. Each schema is self-contained."""

    name: str
    description: NotRequired[str]
    deprecated: NotRequired[str | Literal[True]]
    idempotent: NotRequired[Literal[True]]
    params: NotRequired[JsonSchema]
    result: NotRequired[JsonSchema]
    errors: NotRequired[list[ContractErrorType]]
    examples: NotRequired[list[ContractExample]]


class Contract(TypedDict):
    """The methods that a server offers, in the form of docs/contract.md."""

    contract: Literal[1]
    methods: list[ContractMethod]


def build_contract(registry: Registry) -> Contract:
    """Returns the contract of all methods of a registry.

    It has the same hash as the contract of the same methods with Zod schemas in TypeScript.

    Raises:
        RegistrationError: The message lists, with method and place, every part of a model that
            JSON cannot express, every example that does not match its model, and every model or
            error whose name or code is taken.
    """
    builder = _Builder()
    methods = [builder.method(method) for method in registry.list()]
    builder.problems.raise_all()
    for method in methods:
        _warn_of_exponential_unions(method)
    return {"contract": 1, "methods": methods}


def contract_json(contract: Contract) -> str:
    """Returns the contract as JSON text."""
    return json.dumps(contract, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


class _Problems:
    """The problems found while a contract is built."""

    def __init__(self) -> None:
        self.no_json: list[str] = []
        self.others: list[str] = []

    def raise_all(self) -> None:
        lines: list[str] = []
        if self.no_json:
            lines += [
                "these methods cannot be expressed in JSON:",
                *self.no_json,
                "Fix: for bytes use Base64 of centrifugo_rpc, for others a type with a JSON Schema "
                "(pydantic.WithJsonSchema)",
            ]
        if self.others:
            lines += ["the contract is wrong:", *dict.fromkeys(self.others)]
        if lines:
            raise RegistrationError("\n".join(lines))


class _Builder:
    def __init__(self) -> None:
        self.problems = _Problems()
        self._names = ModelNames()
        self._errors: dict[type[DeclaredError[Any]], ContractErrorType] = {}
        self._first: dict[str | int, tuple[ContractErrorType, str]] = {}

    def method(self, method: Method) -> ContractMethod:
        built: ContractMethod = {"name": method.name}
        if method.description is not None:
            built["description"] = method.description
        if method.deprecated is not None:
            built["deprecated"] = method.deprecated
        if method.idempotent:
            built["idempotent"] = True
        if method.params is not None:
            built["params"] = self._schema(f"{method.name} params", method.params, "input")
        if method.result is not None:
            built["result"] = self._schema(f"{method.name} result", method.result, "output")
        errors = [self._error(error, method.name) for error in method.errors]
        if errors:
            built["errors"] = sorted(errors, key=lambda error: error["code"])
        examples = [
            self._example(method, example, f"{method.name} example {number}")
            for number, example in enumerate(method.examples, 1)
        ]
        if examples:
            built["examples"] = examples
        return built

    def _schema(
        self, place: str, model: type[BaseModel], io: Literal["input", "output"]
    ) -> JsonSchema:
        """The schema of a model; any schema in its place if there is a problem."""
        try:
            return json_schema(model, io, self._names)
        except NoJsonError as error:
            self.problems.no_json += [
                f"- {place}{part.path}: {part.what} cannot be represented in JSON"
                for part in error.parts
            ]
        except TypeError as error:
            self.problems.others.append(f"- {place}: {error}")
        return {}

    def _error(self, error: type[DeclaredError[Any]], method: str) -> ContractErrorType:
        known = self._errors.get(error)
        if known:
            return known
        name = error.__name__
        built: ContractErrorType = {"name": name, "code": error.code}
        if error.description is not None:
            built["description"] = error.description
        if error.details_model is not None:
            place = f"{method} error {name} details"
            built["details"] = self._schema(place, error.details_model, "output")
        self._errors[error] = built
        self._check_error(built, method)
        return built

    def _check_error(self, error: ContractErrorType, method: str) -> None:
        for key in (error["name"], error["code"]):
            first, owner = self._first.setdefault(key, (error, method))
            if first != error:
                self.problems.others.append(
                    f"- error {_named(error)} of {method} differs from the error {_named(first)} "
                    f"of {owner}: define it once, or give it another name and code"
                )
                return

    def _example(self, method: Method, example: Example, place: str) -> ContractExample:
        built: ContractExample = {}
        if example.description is not None:
            built["description"] = example.description
        if example.params is not None:
            built["params"] = self._example_params(f"{place} params", method, example.params)
        if example.result is not None:
            built["result"] = self._example_result(f"{place} result", method, example.result)
        return built

    def _example_params(self, place: str, method: Method, given: JSON | BaseModel) -> JSON:
        """The params as a caller sends them."""
        if method.params is None:
            self.problems.others.append(f"- {place}: the method has none")
            return None
        try:
            params: JSON = from_json(
                given.model_dump_json(by_alias=True, exclude_unset=True)
                if isinstance(given, BaseModel)
                else encode_json(place, given)
            )
        except EncodingError as error:
            self._add_issues(place, error.issues)
            return None
        try:
            outcome = decode_params(method, params)
        except RPCError as error:
            self.problems.others.append(f"- {place}: {error.message}")
        else:
            if isinstance(outcome, Issues):
                self._add_issues(place, outcome)
        return params

    def _example_result(self, place: str, method: Method, given: JSON | BaseModel) -> JSON:
        """The result as the caller receives it."""
        if method.result is None:
            self.problems.others.append(f"- {place}: the method has none")
            return None
        try:
            _, json = encode_model(place, method.result, given)
        except EncodingError as error:
            self._add_issues(place, error.issues)
            return None
        result: JSON = from_json(json)
        return result

    def _add_issues(self, place: str, issues: Issues) -> None:
        self.problems.others += [
            f"- {'.'.join([place, *map(str, issue['path'])])}: {issue['message']}"
            for issue in issues
        ]
        if issues.more:
            self.problems.others.append(f"- {place}: and {issues.more} more problems")


def _warn_of_exponential_unions(method: ContractMethod) -> None:
    params = method.get("params")
    for union in exponential_unions(Shapes(params)) if is_object(params) else ():
        logger.warning(
            'method "%s": the params have the recursive union %s, which has no discriminator: the '
            "time to check it doubles with each level, so deep values are refused. Give its "
            'members a field with constants, and the union Field(discriminator="…")',
            method["name"],
            union,
        )


def _named(error: ContractErrorType) -> str:
    return f"{error['name']} ({error['code']})"
