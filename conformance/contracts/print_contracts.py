"""Prints the contracts of the models in the folders that it is given, as a JSON list of texts."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "python"))

from centrifugo_rpc import Registry, build_contract, contract_json


def registry_in(folder: Path) -> Registry:
    spec = spec_from_file_location(f"{folder.name}_models", folder / "models.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    registry: Registry = module.registry
    return registry


contracts = [build_contract(registry_in(Path(folder))) for folder in sys.argv[1:]]
print(json.dumps([contract_json(contract) for contract in contracts]))
