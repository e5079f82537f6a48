import { clientMethods, exampleCall } from "../print/client-methods.js";
import {
  contractFile,
  sortedFiles,
  type GeneratedFiles,
  type GeneratorInput,
} from "../print/generator.js";
import type { SourceFile } from "../print/source-file.js";
import { printClient } from "./client.js";
import { printErrors } from "./declared-errors.js";
import { goApi } from "./go-api.js";
import { printModels } from "./models/models.js";
import { readmeFile } from "./readme.js";
import { schemasFile } from "./schemas.js";
import { printSharedTypes } from "./shared-types.js";
import { SHARED_TYPES, sourceFile } from "./source.js";

/**
 * The Go module `apiclient` for a contract: base client, models and `APIClient`.
 *
 * @throws ContractError when the contract cannot be expressed.
 */
export function generateGo({
  model: api,
  runtime,
  generatorVersion,
}: GeneratorInput): GeneratedFiles {
  const go = goApi(api);
  const methods = clientMethods(api, go.names.methods);
  const files = new Map<string, string>();
  const shared = new Set<string>();
  const print = (path: string, printer: (file: SourceFile) => void) => {
    const file = sourceFile(path, generatorVersion);
    printer(file);
    for (const { name } of file.imports.get(SHARED_TYPES) ?? []) shared.add(name);
    files.set(path, file.toString());
  };
  print("client.go", (file) => printClient(file, methods, go));
  print("models.go", (file) => printModels(file, go));
  if (api.errors.length > 0) print("errors.go", (file) => printErrors(file, go));
  if (shared.size > 0) print("types.go", (file) => printSharedTypes(file, shared));
  files.set("README.md", readmeFile(exampleCall(api, methods), go));
  files.set("contract.json", contractFile(api.contract));
  if (methods.length > 0) files.set("schemas.json", schemasFile(go));
  for (const [path, text] of runtime) files.set(path, moduleFile(path, text));
  return sortedFiles(files);
}

/** Renames the base client's module; the generated module has the same dependencies. */
function moduleFile(path: string, text: string): string {
  return path === "go.mod"
    ? text.replace(/^module .*$/m, "module apiclient")
    : text.replaceAll('"centrifugorpc/', '"apiclient/');
}
