import { buildModel } from "../read/build-model.js";
import { carriedContract, contractFile } from "../print/carried-contract.js";
import { clientMethods, firstExample } from "../print/client-methods.js";
import {
  generatedBy,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../print/generator.js";
import { clientFile, errorsFile } from "./client.js";
import { modelsFile } from "./models.js";
import { PythonNames } from "./names.js";
import { initFile, projectFile } from "./package-files.js";
import { readmeFile } from "./readme.js";

/**
 * The Python project `api-client` for a contract: base client, pydantic models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generatePython(input: GeneratorInput): GeneratedFiles {
  const api = buildModel(input.contract);
  const names = new PythonNames(api);
  const methods = clientMethods(api, names.methods);
  const current = methods.filter((method) => method.deprecated === undefined);
  const forExample = current.length > 0 ? current : methods;
  const named = api.models.filter((model) => names.isNamed(model));
  const models = { ".models": named.map((model) => names.type(model.name)) };
  const errors = { ".errors": api.errors.map((error) => names.type(error.name)) };
  const contract = carriedContract(input.contract);
  const sources = {
    "api_client/__init__.py": initFile({ ...models, ...errors }),
    "api_client/client.py": clientFile(methods, names, contract.hash, { ...models, ...errors }),
    ...(api.errors.length > 0 && {
      "api_client/errors.py": errorsFile(api.errors, names, models),
    }),
    "api_client/models.py": modelsFile(api, names),
  };
  const header = `# ${generatedBy(input.generatorVersion)}\n`;
  return sortedFiles([
    ...Object.entries(sources).map(([path, text]) => [path, `${header}\n${text}`] as const),
    ...[...input.runtime].map(([path, text]) => [`api_client/rpc/${path}`, text] as const),
    ["README.md", readmeFile(firstExample(api, forExample), methods, names)],
    ["api_client/contract.json", contractFile(contract)],
    ["api_client/py.typed", ""],
    ["pyproject.toml", projectFile()],
  ]);
}
