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
import { errorExports, errorsFile } from "./errors.js";
import { modelsFile } from "./models.js";
import { CODEC_TYPES, namesOf, RUNTIME_TYPES, RUNTIME_VALUES } from "./names.js";
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
  const declared = api.models.filter((model) => types.isDeclared(model));
  const exports = {
    models: declared.map((model) => types.identifier(model.name)).toSorted(),
    errors: errorExports(api, names),
    runtime: { values: RUNTIME_VALUES, types: RUNTIME_TYPES },
    codec: CODEC_TYPES,
  };
  const sources = {
    "src/client.ts": clientFile(methods, names, types),
    ...(api.errors.length === 0 ? {} : { "src/errors.ts": errorsFile(api, names, types) }),
    "src/index.ts": indexFile(exports),
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
