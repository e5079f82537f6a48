import { PACKAGE_NAME } from "../generator.js";

/** The text of `pyproject.toml`. */
export function projectFile(): string {
  return `[build-system]
requires = ["setuptools>=77"]
build-backend = "setuptools.build_meta"

[project]
name = "${PACKAGE_NAME}"
version = "0.1.0"
description = "The typed client of an API over Centrifugo."
readme = "README.md"
requires-python = ">=3.10"
dependencies = ["centrifuge-python>=0.7,<1", "pydantic>=2.12,<3"]

[tool.setuptools.packages.find]
include = ["api_client*"]

[tool.setuptools.package-data]
api_client = ["py.typed"]
`;
}
