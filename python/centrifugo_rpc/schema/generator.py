"""Pydantic's generator of JSON Schemas, adapted to contracts."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterable, Iterator, Set
from enum import Enum
from typing import Any, cast, get_origin

from pydantic import BaseModel, EncodedBytes, RootModel
from pydantic.json_schema import (
    GenerateJsonSchema,
    JsonSchemaValue,
    JsonSchemaWarningKind,
    NoDefault,
)
from pydantic_core import (
    MISSING,
    CoreSchema,
    PydanticSerializationError,
    SchemaError,
    SchemaSerializer,
    core_schema,
)

from ..wire.encoding import EncodingError, as_every_client_reads
from .keywords import is_list

NO_JSON = "centrifugo-rpc.no-json"
"""The keyword that marks a part that JSON cannot represent; its value describes the part."""

CLASS = "centrifugo-rpc.class"
"""The keyword of a definition with its index in :attr:`SchemaGenerator.classes`."""

_SERIALIZERS = ("function-plain", "function-wrap")

_FUNCTIONS = ("function-before", "function-after", "function-wrap")

_EMPTY: tuple[type[Any], ...] = (list, dict, set, frozenset, tuple)


class SchemaGenerator(GenerateJsonSchema):
    """Marks what JSON cannot represent, marks definitions with their classes, adds no titles.

    Attributes:
        classes: The classes of the definitions.
        warnings: Pydantic's warnings, which become errors.
    """

    def __init__(self) -> None:
        super().__init__(by_alias=True)
        self.classes: list[type[Any]] = []
        self.warnings: list[str] = []

    # Parts that JSON cannot represent.

    def handle_invalid_for_json_schema(self, schema: Any, error_info: str) -> JsonSchemaValue:
        """Marks the place."""
        return {NO_JSON: _what(schema)}

    def complex_schema(self, schema: core_schema.ComplexSchema) -> JsonSchemaValue:
        """Marks the place: other languages cannot read Python's notation."""
        return self.handle_invalid_for_json_schema(schema, "complex")

    def generator_schema(self, schema: core_schema.GeneratorSchema) -> JsonSchemaValue:
        """Marks the place: a generator is validated only while it is read."""
        return self.handle_invalid_for_json_schema(schema, "generator")

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        """Marks a type that rejects the offsets that clients send."""
        if schema.get("tz_constraint") == "naive":
            return {NO_JSON: "a datetime without an offset"}
        return super().datetime_schema(schema)

    def function_after_schema(
        self, schema: core_schema.AfterValidatorFunctionSchema
    ) -> JsonSchemaValue:
        """Marks base64url with padding, which clients do not send."""
        coding = getattr(schema["function"]["function"], "__self__", None)
        if isinstance(coding, EncodedBytes) and coding.encoder.get_json_format() == "base64url":
            return {NO_JSON: "base64url with padding (use Base64Url of centrifugo_rpc)"}
        return super().function_after_schema(schema)

    def literal_schema(self, schema: core_schema.LiteralSchema) -> JsonSchemaValue:
        """Marks values that JSON cannot represent."""
        return _marked_constants(schema["expected"]) or super().literal_schema(schema)

    def ser_schema(
        self,
        schema: core_schema.SerSchema
        | core_schema.IncExSeqSerSchema
        | core_schema.IncExDictSerSchema,
    ) -> JsonSchemaValue | None:
        """Marks serializers without a return type: Pydantic would use the type of the field."""
        if schema.get("type") in _SERIALIZERS and "return_schema" not in schema:
            function: object = cast("Any", schema)["function"]
            if not _module_of(function).startswith("pydantic."):
                return {NO_JSON: "the outcome of a serializer without a return type"}
        return super().ser_schema(schema)

    def emit_warning(self, kind: JsonSchemaWarningKind, detail: str) -> None:
        """Keeps the warning: the schema is incomplete."""
        self.warnings.append(detail)

    # Titles and names.

    def field_title_should_be_set(self, schema: Any) -> bool:
        """Returns false: a schema has only titles that the author wrote."""
        return False

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:
        """Keeps the order of the author."""
        return value

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """Marks the definition."""
        return self._of_class(super().model_schema(schema), schema["cls"])

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Marks the definition."""
        marked = _marked_constants(schema["members"])
        return marked or self._of_class(super().enum_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        """Marks the definition."""
        return self._of_class(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """Marks the definition."""
        return self._of_class(super().typed_dict_schema(schema), schema.get("cls"))

    def _of_class(self, json_schema: JsonSchemaValue, cls: type[Any] | None) -> JsonSchemaValue:
        if cls is None:
            return json_schema
        self.classes.append(cls)
        closed = (
            {"additionalProperties": False}
            if self.mode == "serialization" and "properties" in json_schema
            else {}
        )
        return {**closed, **_doc_of_generic(cls), **json_schema, CLASS: len(self.classes) - 1}

    # Fields.

    def field_is_required(self, field: Any, total: bool) -> bool:
        """Whether a field is always present; output contains fields with a default."""
        if self.mode == "validation" or field["type"] == "typed-dict-field":
            return super().field_is_required(field, total)
        return field.get("serialization_exclude_if") is None and not _can_be_missing(
            field["schema"]
        )

    def model_field_schema(self, schema: core_schema.ModelField) -> JsonSchemaValue:
        """Marks a field that is read from inside another field."""
        if self.mode == "validation" and _is_only_a_path(schema.get("validation_alias")):
            return {NO_JSON: "a field inside another one (AliasPath)"}
        return super().model_field_schema(schema)

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Returns the default, which can be an empty collection: ``default_factory=list``."""
        factory: object = schema.get("default_factory")
        made_by = get_origin(factory) or factory  # list for list[int]
        empty = next((kind() for kind in _EMPTY if kind is made_by), NoDefault)
        return super().get_default_value(schema) if empty is NoDefault else empty

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Adds the default, encoded by the type of the field."""
        json_schema = self.generate_inner(schema["schema"])
        default = self.get_default_value(schema)
        if default is NoDefault or default is MISSING:
            return json_schema
        try:
            return {**json_schema, "default": self._encoded_default(default, schema["schema"])}
        except EncodingError as error:
            return {**json_schema, NO_JSON: str(error)}
        except Exception:  # Pydantic's errors have no common base class
            return {**json_schema, NO_JSON: f"its default, which is of {type(default).__name__}"}

    def _encoded_default(self, default: object, schema: CoreSchema) -> Any:
        try:
            serializer = SchemaSerializer(schema)
            sent = serializer.to_python(default, mode="json", by_alias=True, warnings="error")
            plain = serializer.to_python(default, by_alias=True)
        except (SchemaError, PydanticSerializationError):
            # The type refers to others, or the default is not of the type.
            sent = plain = self.encode_default(default)
        encoded: Any = as_every_client_reads("its default", plain, sent)
        if not isinstance(default, Set):
            return encoded
        return sorted(encoded, key=lambda item: (len(text := json.dumps(item)), text))

    # Types.

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        """Returns a string: other languages read numbers as binary fractions."""
        return {"type": "string", "format": "decimal"}

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Returns a pattern of keys as ``propertyNames``: no other keys are allowed."""
        json_schema = super().dict_schema(schema)
        for pattern, values in json_schema.pop("patternProperties", {}).items():
            keys = json_schema.get("propertyNames", {})
            json_schema["propertyNames"] = {**keys, "pattern": pattern}
            json_schema["additionalProperties"] = values
        return json_schema


def _doc_of_generic(cls: type[Any]) -> dict[str, str]:
    """The docstring of ``Page`` for ``Page[Task]``, which Pydantic leaves out."""
    origin = cls.__pydantic_generic_metadata__["origin"] if issubclass(cls, BaseModel) else None
    doc = None if origin is None or origin is RootModel else origin.__doc__
    return {"description": inspect.cleandoc(doc)} if doc else {}


def _module_of(function: object) -> str:
    return str(getattr(function, "__module__", None))


def _marked_constants(values: Iterable[object]) -> JsonSchemaValue | None:
    """A mark if JSON cannot represent one of the constants, like ``b"x"``."""
    for value in values:
        constant: object = value.value if isinstance(value, Enum) else value
        if constant is not None and not isinstance(constant, str | int | float):
            return {NO_JSON: f"the constant {constant!r}"}
    return None


def _what(schema: Any) -> str:
    kind: str = schema["type"]
    if kind in ("is-instance", "is-subclass"):
        return cast("str", getattr(schema["cls"], "__name__", repr(schema["cls"])))
    return {
        "callable": "a callable",
        "complex": "complex",
        "generator": "an Iterable (use list)",
        "function-plain": "the outcome of a validator",
        "function-wrap": "the outcome of a validator",
    }.get(kind, kind)


def _is_only_a_path(alias: object) -> bool:
    """Whether a validation alias has only paths into other fields."""
    return is_list(alias) and not any(is_list(path) and len(path) == 1 for path in alias)


def _can_be_missing(schema: CoreSchema) -> bool:
    """Whether a value of the schema can be ``MISSING``, which is not sent."""
    if schema["type"] == "missing-sentinel":
        return True
    if schema["type"] == "default" and schema.get("default") is MISSING:
        return True
    return any(_can_be_missing(inner) for inner in _inner_schemas(schema))


def _inner_schemas(schema: Any) -> Iterator[CoreSchema]:
    if schema["type"] == "union":
        for choice in schema["choices"]:
            yield choice[0] if isinstance(choice, tuple) else choice
    elif schema["type"] in ("default", "nullable", *_FUNCTIONS):
        yield schema["schema"]
