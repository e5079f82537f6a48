import { modelsByName } from "../model/api-model.js";
import { buildModel } from "../read/build-model.js";
import { carriedContract } from "../print/carried-contract.js";
import { clientMethods, firstExample } from "../print/client-methods.js";
import {
  generatedBy,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../print/generator.js";
import { clientFile, indexFile } from "./client.js";
import { contractFile, contractMethodsFile } from "./contract-module.js";
import { errorsFile } from "./errors.js";
import { modelsFile } from "./models.js";
import { namesOf } from "./names.js";
import { packageFile, tsconfigFile } from "./package-files.js";
import { readmeFile } from "./readme.js";
import { schemasFile } from "./schemas.js";
import { TypePrinter } from "./types.js";

/**
 * The npm package `api-client` for a contract: base client, models, errors and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generateTypescript(input: GeneratorInput): GeneratedFiles {
  const api = buildModel(input.contract);
  const names = namesOf(api);
  const models = modelsByName(api);
  const types = new TypePrinter(models, names.types);
  const methods = clientMethods(api, names.methods);
  const contract = carriedContract(input.contract);
  const sources = {
    "src/client.ts": clientFile(methods, names, types),
    "src/contract-methods.ts": contractMethodsFile(contract),
    "src/contract.ts": contractFile(contract),
    ...(api.errors.length === 0 ? {} : { "src/errors.ts": errorsFile(api, names, types) }),
    "src/index.ts": indexFile(api.errors.length > 0),
    "src/models.ts": modelsFile(api, types),
    "src/schemas.ts": schemasFile(api, models, types),
  };
  const header = `// ${generatedBy(input.generatorVersion)}\n`;
  return sortedFiles([
    ...Object.entries(sources).map(
      ([path, text]) => [path, [header, text].filter(Boolean).join("\n")] as const,
    ),
    ...[...input.runtime].map(([path, text]) => [`src/rpc/${path}`, text] as const),
    ["README.md", readmeFile(api, names, firstExample(api, methods))],
    ["package.json", packageFile()],
    ["tsconfig.json", tsconfigFile()],
  ]);
}
