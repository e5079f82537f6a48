import { modelsByName } from "../api-model.js";
import { buildModel } from "../build-model.js";
import { clientMethods, firstExample } from "../client-methods.js";
import {
  generatedBy,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../generator.js";
import { clientFile, initFile } from "./client.js";
import { isExported, modelsFile } from "./models.js";
import { methodNames, RUNTIME_NAMES } from "./names.js";
import { projectFile } from "./package-files.js";
import { readmeFile } from "./readme.js";

/**
 * The Python project `api-client` for a contract: base client, pydantic models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generatePython(input: GeneratorInput): GeneratedFiles {
  const api = buildModel(input.contract);
  const models = modelsByName(api);
  const methods = clientMethods(api, methodNames(api));
  const exported = api.models.filter(isExported).map((model) => model.name);
  const sources = {
    "api_client/__init__.py": initFile(exported, RUNTIME_NAMES),
    "api_client/client.py": clientFile(methods),
    "api_client/models.py": modelsFile(api, models),
  };
  const header = `# ${generatedBy(input.generatorVersion)}\n`;
  return sortedFiles([
    ...Object.entries(sources).map(([path, text]) => [path, `${header}\n${text}`] as const),
    ...[...input.runtime].map(([path, text]) => [`api_client/rpc/${path}`, text] as const),
    ["README.md", readmeFile(firstExample(api, methods))],
    ["api_client/py.typed", ""],
    ["pyproject.toml", projectFile()],
  ]);
}
