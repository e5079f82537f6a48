"""What generated models are made of, besides their field types in ``wire_types``."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar, cast, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    RootModel,
    TypeAdapter,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from .wire_types import FROM_WIRE

_T = TypeVar("_T")


class RPCModel(BaseModel):
    """The base of all generated models.

    Only fields that were set are sent, so that what is left out gets the server's default. Which
    they are says ``model_fields_set``: there a field that was absent in a result is missing, and
    one that was ``null`` is not.
    """

    model_config = ConfigDict(
        # Thousands of models are imported quickly when each is built on its first use.
        defer_build=True,
        protected_namespaces=(),
        # For the base client to refuse: pydantic would write NaN as null.
        ser_json_inf_nan="constants",
        validate_assignment=True,
        validate_by_name=True,
    )


class OpenModel(RPCModel):
    """A model that keeps the fields that it does not know, in ``__pydantic_extra__``."""

    model_config = ConfigDict(extra="allow")

    # Here and not in the models, where each would need the same comment.
    __pydantic_extra__: dict[str, Any] = Field(init=False)  # pyright: ignore[reportIncompatibleVariableOverride]


class UnknownVariant(RootModel[dict[str, Any]]):
    """An object of a union whose discriminator this client does not know: ``root`` has it all.

    A newer server may send one. It can be sent back as it is.
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
    """Values of their own JSON kind: pydantic alone would take ``True`` for ``Literal[1]``.

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
    another value becomes an :class:`UnknownVariant` where the union has it, else it is refused.
    So is an object without the field, and one with a known value and something else that is wrong.

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
    """Tells apart what Python takes for equal, ``1`` and ``True``; ``1`` and ``1.0`` are one."""
    if isinstance(value, bool):
        return bool, value
    if isinstance(value, str):
        return str, value
    return (float, value) if isinstance(value, int | float) else None


class VariadicTuple:
    """Lets pydantic take ``tuple[A, Unpack[tuple[B, ...]]]``: places, and what follows them."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        *places, rest = get_args(source)
        (unpacked,) = get_args(rest)
        types = [*places, get_args(unpacked)[0]]
        return core_schema.tuple_schema(
            [handler.generate_schema(item) for item in types], variadic_item_index=len(places)
        )


def from_wire(kind: type[BaseModel] | TypeAdapter[Any], data: Any) -> Any:
    """Gives the value for JSON.

    Raises:
        pydantic.ValidationError: It is not of that type.
    """
    validate = kind.validate_python if isinstance(kind, TypeAdapter) else kind.model_validate
    # Without by_name: what another program names like our attribute is another field.
    return validate(data, context=FROM_WIRE, by_alias=True, by_name=False)
