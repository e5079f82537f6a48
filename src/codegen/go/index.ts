import { buildModel } from "../read/build-model.js";
import { carriedContract, contractFile, type CarriedContract } from "../print/carried-contract.js";
import { clientMethods, firstExample, type ClientMethod } from "../print/client-methods.js";
import {
  generatedBy,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../print/generator.js";
import { clientFile } from "./client.js";
import { errorsFile } from "./errors.js";
import { goApi, type GoApi } from "./go-api.js";
import { modelsFile } from "./models/models.js";
import { readmeFile } from "./readme.js";
import { schemasFile } from "./schemas.js";
import { sharedTypesFile } from "./shared-types.js";

/**
 * The Go module `apiclient` for a contract: base client, models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generateGo(input: GeneratorInput): GeneratedFiles {
  const api = buildModel(input.contract);
  const go = goApi(api);
  const methods = clientMethods(api, go.names.methods);
  const header = `// ${generatedBy(input.generatorVersion)}\n`;
  const contract = carriedContract(input.contract);
  const sources = goSources(methods, go, contract);
  const others: [string, string][] = [
    ["README.md", readmeFile(firstExample(api, methods), go)],
    ["contract.json", contractFile(contract)],
  ];
  if (methods.length > 0) others.push(["schemas.json", schemasFile(go)]);
  return sortedFiles([
    ...[...sources].map(([path, text]) => [path, `${header}\n${text}`] as const),
    ...[...input.runtime].map(([path, text]) => [path, moduleFile(path, text)] as const),
    ...others,
  ]);
}

function goSources(
  methods: readonly ClientMethod[],
  go: GoApi,
  { hash }: CarriedContract,
): Map<string, string> {
  const sources = new Map([
    ["client.go", clientFile(methods, go, hash)],
    ["models.go", modelsFile(go)],
  ]);
  if (go.api.errors.length > 0) sources.set("errors.go", errorsFile(go));
  const types = sharedTypesFile([...sources.values()].join("\n"));
  if (types !== undefined) sources.set("types.go", types);
  return sources;
}

/** The base client's module becomes this module: it needs what the base client needs. */
function moduleFile(path: string, text: string): string {
  return path === "go.mod"
    ? text.replace(/^module .*$/m, "module apiclient")
    : text.replaceAll('"centrifugorpc/', '"apiclient/');
}
