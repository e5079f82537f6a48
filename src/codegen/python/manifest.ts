import { PACKAGE_NAME } from "../print/generator.js";
import { code, list, type Imported, type SourceFile } from "../print/source-file.js";
import { RUNTIME_EXPORTS } from "./runtime.js";
import { stringLiteral } from "./source.js";

/** Prints `__init__.py`, which exports the models and errors of the API and the base client. */
export function printInit(file: SourceFile, own: readonly Imported[]): void {
  const runtime = Object.entries(RUNTIME_EXPORTS).flatMap(([from, names]) =>
    names.map((name) => ({ name, from })),
  );
  const exported = [{ name: "APIClient", from: ".client" }, ...own, ...runtime];
  file.use(exported);
  const names = exported.map(({ name }) => stringLiteral(name)).toSorted();
  file.print(code`__all__ = ${list("[", names, "]")}`);
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
