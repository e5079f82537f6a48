"""The checks of params in addition to their Pydantic model."""

from __future__ import annotations

from functools import lru_cache

from pydantic import BaseModel

from .cost import ValidationCost
from .json_schema import json_schema
from .shapes import Shapes
from .wire_checks import WireChecks


class ParamsChecks:
    """The checks of one model.

    Attributes:
        cost: The cost of validation.
        wire: The checks that the contract requires and Pydantic does not make.
    """

    def __init__(self, shapes: Shapes) -> None:
        self.cost = ValidationCost(shapes)
        self.wire = WireChecks(shapes)


@lru_cache(maxsize=1024)
def params_checks(model: type[BaseModel]) -> ParamsChecks | None:
    """Returns the checks of a model; ``None`` if it has no JSON Schema."""
    try:
        return ParamsChecks(Shapes(json_schema(model, "input")))
    except TypeError:
        return None  # Building the contract reports it.
