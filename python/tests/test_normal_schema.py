from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from centrifugo_rpc.schema.normal_schema import normal_schema

_VECTORS = Path(__file__).parents[2] / "conformance" / "vectors" / "normal-schema.json"
VECTORS: list[dict[str, Any]] = json.loads(_VECTORS.read_text())


# As texts: the order of the keywords is what it is about.
@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector["name"]))
def test_vector(vector: dict[str, Any]) -> None:
    assert json.dumps(normal_schema(vector["schema"])) == json.dumps(vector["normal"])
    assert json.dumps(normal_schema(vector["normal"])) == json.dumps(vector["normal"])


def test_names_that_are_indices_come_first_as_in_javascript() -> None:
    schema: dict[str, Any] = {
        "properties": {"b": {"$ref": "#/$defs/B"}, "10": True, "2": {"$ref": "#/$defs/2"}},
        "required": ["b", "10", "2"],
        "default": {"x": 1, "0": 2},
        "$defs": {"B": {"type": "string"}, "2": {"type": "null"}},
    }
    assert json.dumps(normal_schema(schema)) == json.dumps(
        {
            "properties": {"2": {"$ref": "#/$defs/2"}, "10": True, "b": {"$ref": "#/$defs/B"}},
            "required": ["2", "10", "b"],
            "default": {"0": 2, "x": 1},
            "$defs": {"2": {"type": "null"}, "B": {"type": "string"}},
        }
    )
