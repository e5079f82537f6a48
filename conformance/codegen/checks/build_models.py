"""Builds all types of the generated packages, which are built on their first use otherwise."""

import importlib
import sys

from pydantic import BaseModel, TypeAdapter

for package in sys.argv[1:]:
    models = vars(importlib.import_module(f"{package}.models"))
    for name in importlib.import_module(package).__all__:
        kind = models.get(name)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind.model_rebuild(force=True)
        elif kind is not None:
            TypeAdapter(kind)
    for adapter in vars(importlib.import_module(f"{package}.client")).values():
        if isinstance(adapter, TypeAdapter):
            adapter.rebuild(force=True)
