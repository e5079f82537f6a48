"""The parts of generated models, except their field types, which are in ``wire_types``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from typing import Annotated, Any, TypeAlias, TypeVar, cast, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    RootModel,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import (
    CoreSchema,
    PydanticCustomError,
    PydanticSerializationUnexpectedValue,
    core_schema,
)

from .wire_types import FROM_WIRE

_T = TypeVar("_T")

# Above this, pydantic could use up the stack of a thread.
_MAX_LEVELS = 500

_is_inside: ContextVar[bool] = ContextVar("_is_inside", default=False)


class RPCModel(BaseModel):
    """The base of all generated models.

    Only fields that were set are sent, so that the server fills in its defaults for the others.
    ``model_fields_set`` names them; in a result, it has the fields that were ``null`` and not those
    that were absent. Fields that the client does not know, as from a newer server, are in
    ``model_extra`` and are sent back.
    """

    model_config = ConfigDict(
        extra="allow",
        # Thousands of models are imported quickly when each is built on its first use.
        defer_build=True,
        protected_namespaces=(),
        # For the base client to refuse: pydantic would write NaN as null.
        ser_json_inf_nan="constants",
        validate_assignment=True,
        validate_by_name=True,
    )

    @classmethod
    def model_rebuild(
        cls,
        *,
        force: bool = False,
        raise_errors: bool = True,
        _parent_namespace_depth: int = 2,
        _types_namespace: Mapping[str, Any] | None = None,
    ) -> bool | None:
        """Builds the model. Its annotations mean what its module says, not what its user does."""
        module = vars(sys.modules[cls.__module__])
        return super().model_rebuild(
            force=force, raise_errors=raise_errors, _types_namespace=_types_namespace or module
        )


class OpenModel(RPCModel):
    """A model that also has fields of any name, in ``__pydantic_extra__``."""

    # Declared here, because each generated model would need the same comment.
    __pydantic_extra__: dict[str, Any] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]


class LargeModel(RPCModel):
    """The base of models that lead to many others.

    Pydantic builds a model together with all that it leads to. That takes a stack as deep as they
    refer to each other, and the first value of one takes the time of all. So a large model inside
    of another is built on its own, when there is a value of it.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        if _is_inside.get():
            return _reference_to(cls)
        token = _is_inside.set(True)
        try:
            return handler(source)
        finally:
            _is_inside.reset(token)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        is_whole = schema["type"] != "function-plain"
        return handler(schema) if is_whole else {"type": "object", "title": cls.__name__}


def _reference_to(model: type[BaseModel]) -> CoreSchema:
    def validated(value: Any, info: ValidationInfo) -> BaseModel:
        return value if isinstance(value, model) else _validated(model, value, info)

    def checked(value: Any) -> BaseModel:
        if not isinstance(value, model):
            raise PydanticSerializationUnexpectedValue(f"Expected `{model.__name__}`")
        type(value).model_rebuild()  # made by model_construct, it may not be built
        return value

    return core_schema.with_info_plain_validator_function(
        validated,
        serialization=core_schema.plain_serializer_function_ser_schema(
            checked, return_schema=core_schema.any_schema()
        ),
    )


def _validated(model: type[BaseModel], value: Any, info: ValidationInfo) -> BaseModel:
    # A key that equals the attribute's name is another field.
    by_name = False if info.context is FROM_WIRE else None
    found: BaseModel = model.__pydantic_validator__.validate_python(
        value, context=info.context, by_alias=True, by_name=by_name
    )
    return found


class UnknownVariant(RootModel[dict[str, Any]]):
    """An object of a union with an unknown discriminator, as from a newer server.

    ``root`` is the whole object. It can be sent back unchanged.
    """

    model_config = ConfigDict(ser_json_inf_nan="constants")


def _is_none(value: object) -> bool:
    return value is None


def _no_null(value: Any, info: ValidationInfo) -> Any:
    if value is None and info.context is FROM_WIRE:
        raise PydanticCustomError("null", "Input should not be null")
    return value


Omittable: TypeAlias = Annotated[_T | None, Field(exclude_if=_is_none), BeforeValidator(_no_null)]
"""A field that can be left out but not be ``null``: with ``None`` it is not sent."""


class OneOf:
    """Values of one JSON type: pydantic alone would accept ``True`` for ``Literal[1]``.

    Args:
        values: The values of a ``float``; without them, those of the annotated ``Literal``.
    """

    def __init__(self, *values: float) -> None:
        self._values = values

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        values = self._values or get_args(source)
        known = {_key_of(value): value for value in values}
        expected = {"expected": " or ".join(map(repr, values))}

        def validated(value: Any) -> Any:
            key = _key_of(value)
            if key not in known:
                raise PydanticCustomError("literal_error", "Input should be {expected}", expected)
            return known[key]

        literal = core_schema.literal_schema(list(values))
        return core_schema.no_info_before_validator_function(validated, literal)


class TaggedBy:
    """Chooses the model of an object by the value of one field.

    The annotated type is a union of models that have a ``Literal`` in that field. An object with
    another value becomes an :class:`UnknownVariant` if the union has that, and is rejected
    otherwise.

    Args:
        field: Its name on the wire.
    """

    def __init__(self, field: str) -> None:
        self._field = field

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        variants: tuple[type[BaseModel], ...] = get_args(source)
        names = {_key_of(tag): model.__name__ for model in variants for tag in self._tags_of(model)}
        unknown = UnknownVariant.__name__ if UnknownVariant in variants else None

        def name_of(value: Any) -> str | None:
            if not isinstance(value, dict):
                instances = (model for model in variants if isinstance(value, model))
                return next((model.__name__ for model in instances), None)
            key = _key_of(cast("dict[str, Any]", value).get(self._field))
            return None if key is None else names.get(key, unknown)

        tags = [repr(tag) for model in variants for tag in self._tags_of(model)]
        expected = "a known value" if unknown else " or ".join(tags)
        return core_schema.tagged_union_schema(
            {model.__name__: handler.generate_schema(model) for model in variants},
            name_of,
            custom_error_type="tag",
            custom_error_message="Input should be an object with {field} of {expected}",
            custom_error_context={"field": repr(self._field), "expected": expected},
        )

    def _tags_of(self, model: type[BaseModel]) -> tuple[Any, ...]:
        for name, field in model.model_fields.items():
            if self._field == (field.serialization_alias or name):
                return get_args(field.annotation)
        return ()


def _key_of(value: object) -> tuple[type, object] | None:
    """Distinguishes ``1`` and ``True``, which are equal in Python, but not ``1`` and ``1.0``."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, str):
        return str, value
    return (float, value) if isinstance(value, int | float) else None


class BestOf:
    """Chooses the model with the most fields in the value, in a union without a discriminator.

    The other types of the union are tried if none of the models fits.
    """

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        variants = get_args(source)
        models = [v for v in variants if isinstance(v, type) and issubclass(v, BaseModel)]

        def validated(
            value: Any, others: ValidatorFunctionWrapHandler, info: ValidationInfo
        ) -> Any:
            if not isinstance(value, dict):
                return others(value)
            fitting = [found for model in models if (found := fit(model, value, info)) is not None]
            if not fitting:
                return others(value)
            return max(fitting, key=_known_fields)

        def fit(model: type[BaseModel], value: Any, info: ValidationInfo) -> BaseModel | None:
            try:
                return _validated(model, value, info)
            except ValidationError:
                return None

        return core_schema.with_info_wrap_validator_function(validated, handler(source))


def _known_fields(model: BaseModel) -> int:
    return len(model.model_fields_set) - len(model.model_extra or {})


class VariadicTuple:
    """Makes pydantic support ``tuple[A, Unpack[tuple[B, ...]]]``."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        *places, rest = get_args(source)
        (unpacked,) = get_args(rest)
        types = [*places, get_args(unpacked)[0]]
        return core_schema.tuple_schema(
            [handler.generate_schema(item) for item in types], variadic_item_index=len(places)
        )


def from_wire(kind: type[BaseModel] | TypeAdapter[Any], data: Any) -> Any:
    """Returns the value for JSON.

    Raises:
        pydantic.ValidationError: It does not match the type, or is nested too deeply.
    """
    validate = kind.validate_python if isinstance(kind, TypeAdapter) else kind.model_validate
    try:
        if _is_too_deep(data):
            raise RecursionError
        # Without by_name: a key that equals the attribute's name is another field.
        return validate(data, context=FROM_WIRE, by_alias=True, by_name=False)
    except RecursionError:
        problem = PydanticCustomError("depth", "Input is nested too deeply")
        raise ValidationError.from_exception_data(
            "JSON", [{"type": problem, "loc": (), "input": None}]
        ) from None


def _is_too_deep(data: Any) -> bool:
    """Whether JSON is too deep: pydantic counts only in models that were built together."""
    level: list[Any] = [data]
    for _ in range(_MAX_LEVELS):
        level = [item for value in level for item in _items_of(value)]
        if not level:
            return False
    return True


def _items_of(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return cast("dict[str, Any]", value).values()
    return value if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]
