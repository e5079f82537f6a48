import { modelsByName } from "../api-model.js";
import { buildModel } from "../build-model.js";
import { clientMethods, firstExample } from "../client-methods.js";
import {
  generatedBy,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../generator.js";
import { clientFile } from "./client.js";
import { modelsFile } from "./models.js";
import { methodNames } from "./names.js";
import { readmeFile } from "./readme.js";

/**
 * The Go module `apiclient` for a contract: base client, models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generateGo(input: GeneratorInput): GeneratedFiles {
  const api = buildModel(input.contract);
  const models = modelsByName(api);
  const methods = clientMethods(api, methodNames(api));
  const sources = {
    "client.go": clientFile(methods),
    "models.go": modelsFile(api, models),
  };
  const header = `// ${generatedBy(input.generatorVersion)}\n`;
  return sortedFiles([
    ...Object.entries(sources).map(([path, text]) => [path, `${header}\n${text}`] as const),
    ...[...input.runtime].map(([path, text]) => [path, moduleFile(path, text)] as const),
    ["README.md", readmeFile(firstExample(api, methods), models)],
  ]);
}

/** The base client's module becomes this module: it needs what the base client needs. */
function moduleFile(path: string, text: string): string {
  return path === "go.mod" ? text.replace(/^module .*$/m, "module apiclient") : text;
}
