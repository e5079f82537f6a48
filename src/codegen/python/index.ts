import { clientMethods, exampleCall } from "../print/client-methods.js";
import {
  contractFile,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../print/generator.js";
import type { SourceFile } from "../print/source-file.js";
import { printClient, printErrors } from "./client.js";
import { printModels } from "./models.js";
import { PythonNames } from "./names.js";
import { printInit, projectFile } from "./manifest.js";
import { readmeFile } from "./readme.js";
import { sourceFile } from "./source.js";

/**
 * The Python project `api-client` for a contract: base client, pydantic models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generatePython({
  model: api,
  runtime,
  generatorVersion,
}: GeneratorInput): GeneratedFiles {
  const names = new PythonNames(api);
  const methods = clientMethods(api, names.methods);
  const own = [
    ...api.models.filter((model) => names.isNamed(model)).map(({ name }) => names.model(name)),
    ...api.errors.map((error) => names.error(error)),
  ];
  const printers: Record<string, (file: SourceFile) => void> = {
    __init__: (file) => printInit(file, own),
    client: (file) => printClient(file, methods, api, names),
    ...(api.errors.length > 0 && { errors: (file) => printErrors(file, api, names) }),
    models: (file) => printModels(file, api, names),
  };
  const sources = Object.entries(printers).map(([name, print]) => {
    const file = sourceFile(name === "__init__" ? "." : `.${name}`, generatorVersion);
    print(file);
    return [`api_client/${name}.py`, file.toString()] as const;
  });
  return sortedFiles([
    ...sources,
    ...[...runtime].map(([path, text]) => [`api_client/rpc/${path}`, text] as const),
    ["README.md", readmeFile(exampleCall(api, methods), methods, names)],
    ["api_client/contract.json", contractFile(api.contract)],
    ["api_client/py.typed", ""],
    ["pyproject.toml", projectFile()],
  ]);
}
