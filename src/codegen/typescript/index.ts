import { clientMethods, exampleCall } from "../print/client-methods.js";
import { sortedFiles, type GeneratedFiles, type GeneratorInput } from "../print/generator.js";
import type { SourceFile } from "../print/source-file.js";
import { printClient, printContract, printContractMethods, printIndex } from "./client.js";
import { printErrors } from "./declared-errors.js";
import { printModels } from "./models.js";
import { namesOf } from "./names.js";
import { packageFile, tsconfigFile } from "./manifest.js";
import { readmeFile } from "./readme.js";
import { printSchemas } from "./schemas.js";
import { sourceFile } from "./source.js";
import { TypePrinter } from "./types.js";

/**
 * The npm package `api-client` for a contract: base client, models, errors and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generateTypescript({
  model: api,
  runtime,
  generatorVersion,
}: GeneratorInput): GeneratedFiles {
  const names = namesOf(api);
  const types = new TypePrinter(api, names);
  const methods = clientMethods(api, names.methods);
  const hasErrors = api.errors.length > 0;
  const printers: Record<string, (file: SourceFile) => void> = {
    client: (file) => printClient(file, methods, names, types),
    "contract-methods": (file) => printContractMethods(file, api.contract),
    contract: (file) => printContract(file, api.contract),
    ...(hasErrors && { errors: (file) => printErrors(file, api, names, types) }),
    index: (file) => printIndex(file, hasErrors),
    models: (file) => printModels(file, api, types),
    schemas: (file) => printSchemas(file, api, names, types),
  };
  const sources = Object.entries(printers).map(([name, print]) => {
    const file = sourceFile(name, generatorVersion);
    print(file);
    return [`src/${name}.ts`, file.toString()] as const;
  });
  return sortedFiles([
    ...sources,
    ...[...runtime].map(([path, text]) => [`src/rpc/${path}`, text] as const),
    ["README.md", readmeFile(api, names, exampleCall(api, methods))],
    ["package.json", packageFile()],
    ["tsconfig.json", tsconfigFile()],
  ]);
}
