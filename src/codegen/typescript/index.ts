import { modelsByName } from "../api-model.js";
import { buildModel } from "../build-model.js";
import { clientMethods, firstExample } from "../client-methods.js";
import {
  generatedBy,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../generator.js";
import { clientFile, indexFile } from "./client.js";
import { isExported, modelsFile } from "./models.js";
import { methodNames, RUNTIME_TYPES, RUNTIME_VALUES } from "./names.js";
import { packageFile, tsconfigFile } from "./package-files.js";
import { readmeFile } from "./readme.js";

/**
 * The npm package `api-client` for a contract: base client, models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generateTypescript(input: GeneratorInput): GeneratedFiles {
  const api = buildModel(input.contract);
  const models = modelsByName(api);
  const methods = clientMethods(api, methodNames(api));
  const exported = api.models.filter(isExported).map((model) => model.name);
  const sources = {
    "src/client.ts": clientFile(methods),
    "src/index.ts": indexFile(exported, RUNTIME_VALUES, RUNTIME_TYPES),
    "src/models.ts": modelsFile(api, models),
  };
  const header = `// ${generatedBy(input.generatorVersion)}\n`;
  return sortedFiles([
    ...Object.entries(sources).map(
      ([path, text]) => [path, [header, text].filter(Boolean).join("\n")] as const,
    ),
    ...[...input.runtime].map(([path, text]) => [`src/rpc/${path}`, text] as const),
    ["README.md", readmeFile(firstExample(api, methods))],
    ["package.json", packageFile()],
    ["tsconfig.json", tsconfigFile()],
  ]);
}
