import { PACKAGE_NAME } from "../print/generator.js";
import { RUNTIME_EXPORTS } from "./names.js";
import { exportAll, importFrom } from "./source.js";

/** The text of `__init__.py`. `own` are the names of the generated modules by module. */
export function initFile(own: Readonly<Record<string, readonly string[]>>): string {
  const exports = { ".client": ["APIClient"], ...own, ...RUNTIME_EXPORTS };
  const imports = Object.entries(exports)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, names]) => importFrom(module, names));
  return `${imports.join("")}\n${exportAll(Object.values(exports).flat())}`;
}

/** The text of `pyproject.toml`. */
export function projectFile(): string {
  return `[build-system]
requires = ["hatchling>=1.27"]
build-backend = "hatchling.build"

[project]
name = "${PACKAGE_NAME}"
version = "0.1.0"
description = "The typed client of an API over Centrifugo."
readme = "README.md"
requires-python = ">=3.10"
dependencies = [
    "centrifuge-python>=0.7,<1",
    "pydantic>=2.13,<3",
    "typing-extensions>=4.14.1",
]

[tool.hatch.build.targets.wheel]
packages = ["api_client"]
`;
}
