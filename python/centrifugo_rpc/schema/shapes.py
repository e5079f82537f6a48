"""The values that a JSON Schema accepts, without references and nested unions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .keywords import Keywords, definition_of, is_list, is_object

# The Python types of decoded JSON.
_TYPES: dict[str, tuple[type[Any], ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "array": (list,),
    "object": (dict,),
}
_ALL_TYPES = frozenset(kind for kinds in _TYPES.values() for kind in kinds)

# A schema with no other keywords accepts every value of its type.
_UNCHECKED = frozenset({"type", "title", "description", "default", "examples", "deprecated"})


class Leaf:
    """A schema that is not a union.

    Attributes:
        schema: The schema.
        types: The Python types of its values.
        required: The names of the fields that an object must have.
        fields: The shapes of the fields.
        others: The shape of other fields, ``None`` if they can be anything.
        keys: The shape of the names of fields, ``None`` if they can be anything.
        places: The shapes of the first items of an array.
        items: The shape of the others, ``None`` if they can be anything.
        is_constant: Whether only some constants are accepted.
    """

    def __init__(self, schema: Keywords) -> None:
        self.schema = schema
        kinds = schema.get("type", list(_TYPES))
        kinds = kinds if is_list(kinds) else [kinds]
        self.types = frozenset(each for kind in kinds for each in _TYPES[kind])
        self.required = frozenset[str](schema.get("required", ()))
        self.fields: dict[str, Shape] = {}
        self.others: Shape | None = None
        self.keys: Shape | None = None
        self.places: list[Shape] = []
        self.items: Shape | None = None
        self.is_constant = "const" in schema or "enum" in schema

    def has_constant(self, value: object) -> bool:
        """Whether a value is among the constants of the schema, if it has any."""
        return self.schema.get("const", value) == value and value in self.schema.get(
            "enum", [value]
        )

    def inner(self) -> Iterator[Shape]:
        """Returns the shapes of the values inside a value."""
        yield from self.fields.values()
        yield from self.places
        yield from (shape for shape in (self.others, self.keys, self.items) if shape is not None)


class Shape:
    """The alternatives for one value. Without groups, every value is allowed.

    Attributes:
        part: The schema.
        groups: The members of a union. A group has one leaf, or those of a union with a
            discriminator, of which one applies.
        leaves: All leaves.
        plain_types: The Python types whose values are all accepted.
    """

    def __init__(self, part: Any, groups: list[list[Leaf]]) -> None:
        self.part = part
        self.groups = groups
        self.leaves = [leaf for group in groups for leaf in group]
        plain = (leaf.types for leaf in self.leaves if leaf.schema.keys() <= _UNCHECKED)
        self.plain_types = frozenset[type[Any]]().union(*plain) if groups else _ALL_TYPES

    def inner(self) -> set[Shape]:
        """Returns the shapes of the values inside a value."""
        return {shape for leaf in self.leaves for shape in leaf.inner()}


class Shapes:
    """The shapes of a schema and of its parts.

    Attributes:
        root: The shape of the schema.
        all: All shapes, the root first.
    """

    def __init__(self, root: Keywords) -> None:
        self._definitions: Keywords = root.get("$defs", {})
        self._leaves: dict[int, Leaf] = {}
        self._known: dict[int, Shape] = {}
        self.all: list[Shape] = []
        self.root = self._shape(root)
        filled: set[int] = set()
        for shape in self.all:  # It grows.
            for leaf in shape.leaves:
                if id(leaf) not in filled:
                    filled.add(id(leaf))
                    self._fill(leaf)

    def containing(self, targets: Iterable[Shape]) -> set[Shape]:
        """Returns the targets and the shapes in whose values one of them can be, however deep."""
        outer: dict[Shape, set[Shape]] = {}
        for shape in self.all:
            for inner in shape.inner():
                outer.setdefault(inner, set()).add(shape)
        found = {*targets}
        todo = [*found]
        while todo:
            new = outer.get(todo.pop(), set()) - found
            found |= new
            todo += new
        return found

    def _shape(self, part: Any) -> Shape:
        shape = self._known.get(id(part))
        if shape is None:
            shape = self._known[id(part)] = Shape(part, list(self._groups(part, frozenset())))
            self.all.append(shape)
        return shape

    def _groups(self, part: Any, seen: frozenset[str]) -> Iterator[list[Leaf]]:
        if not is_object(part):
            return
        name = definition_of(part)
        if name is not None:
            if name not in seen:
                yield from self._groups(self._definitions.get(name), seen | {name})
        elif is_list(members := part.get("anyOf")):
            for member in members:
                yield from self._groups(member, seen)
        elif is_list(members := part.get("oneOf")):
            # Pydantic's form of a union with a discriminator.
            yield [leaf for each in members for group in self._groups(each, seen) for leaf in group]
        elif part:
            yield [self._leaves.setdefault(id(part), Leaf(part))]

    def _fill(self, leaf: Leaf) -> None:
        def optional(keyword: str) -> Shape | None:
            return self._shape(leaf.schema[keyword]) if leaf.schema.get(keyword) else None

        for name, field in leaf.schema.get("properties", {}).items():
            leaf.fields[name] = self._shape(field)
        leaf.places += map(self._shape, leaf.schema.get("prefixItems", ()))
        leaf.others = optional("additionalProperties")
        leaf.keys = optional("propertyNames")
        leaf.items = optional("items")
