"""The names of models in a contract: those of their classes."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, RootModel

from .generator import CLASS
from .keywords import Keywords, definition_of, is_object, map_parts, reference_to


class ModelNames:
    """The names of the models in one contract: one name for each class."""

    def __init__(self) -> None:
        self._classes: dict[str, type[Any]] = {}

    def apply(self, schema: Keywords, classes: list[type[Any]]) -> Keywords:
        """Returns a generated schema with the definitions under their names in the contract.

        The schema of a bare ``RootModel[…]`` is written inline, without a name.

        Args:
            schema: A schema of :class:`SchemaGenerator`.
            classes: The classes of the generator.

        Raises:
            TypeError: Two classes have the same name.
        """
        definitions: Keywords = {}
        names: dict[str, str] = {}
        inline: Keywords = {}
        generated: Keywords = schema["$defs"]
        for key, definition in generated.items():
            index: int | None = definition.get(CLASS)
            cls = None if index is None else classes[index]
            rest = _without_made_up_title(definition, cls)
            if cls is not None and _is_bare_root_model(cls):
                inline[key] = rest
            else:
                names[key] = self._name(key, cls)
                definitions[names[key]] = rest

        def rename(part: Any) -> Any:
            if not is_object(part):
                return part
            key = definition_of(part)
            if key in inline:
                siblings = {keyword: part[keyword] for keyword in part if keyword != "$ref"}
                return rename({**inline[key], **siblings})
            renamed = map_parts(part, rename)
            return {**renamed, "$ref": reference_to(names[key])} if key in names else renamed

        root = {keyword: schema[keyword] for keyword in schema if keyword != "$defs"}
        return rename({**root, "$defs": definitions})  # type: ignore[no-any-return]

    def _name(self, key: str, cls: type[Any] | None) -> str:
        name = _clean(key if cls is None else cls.__name__)
        if cls is None:
            return name
        first = self._classes.setdefault(name, cls)
        if first is not cls:
            raise TypeError(
                f"two models are called {name}: {_full_name(first)} and {_full_name(cls)}: "
                f"rename one of them"
            )
        return name


def _clean(name: str) -> str:
    """``Page[Task]`` becomes ``PageTask``."""
    first, *others = re.findall(r"\w+", name) or ["Model"]
    return str(first) + "".join(word[:1].upper() + word[1:] for word in others)


def _full_name(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _is_bare_root_model(cls: type[Any]) -> bool:
    return issubclass(cls, BaseModel) and _generic_origin(cls) is RootModel


def _generic_origin(cls: type[BaseModel]) -> type[BaseModel] | None:
    return cls.__pydantic_generic_metadata__["origin"]


def _without_made_up_title(definition: Keywords, cls: type[Any] | None) -> Keywords:
    """The definition without its mark and without a title that Pydantic made of the name."""
    of_model: Keywords | None = getattr(cls, "model_config", None)
    config: Keywords = of_model or getattr(cls, "__pydantic_config__", None) or {}
    is_made_up = (
        cls is not None
        and "title" not in config
        and "model_title_generator" not in config
        and definition.get("title") == cls.__name__
    )
    dropped = {CLASS, "title"} if is_made_up else {CLASS}
    return {keyword: definition[keyword] for keyword in definition if keyword not in dropped}
