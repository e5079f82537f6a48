import type { CarriedContract, JsonValue } from "../model/api-model.js";
import type { ClientMethod } from "../print/client-methods.js";
import { code, list, paragraphs, type Code, type SourceFile } from "../print/source-file.js";
import { jsonText } from "../print/text.js";
import { CODEC_TYPES, RUNTIME_TYPES, RUNTIME_VALUES, type Names } from "./names.js";
import { bindings, commentLine, docComment, literalKey, runtime, stringLiteral } from "./source.js";
import type { TypePrinter } from "./types.js";

/** Prints `src/client.ts`. */
export function printClient(
  file: SourceFile,
  methods: readonly ClientMethod[],
  names: Names,
  types: TypePrinter,
): void {
  const contract = { name: "contract", from: "./contract.js" };
  const schemas = { name: "schemas", from: "./schemas.js" };
  // Compilers may reject a private field that is never read.
  const [field, create] =
    methods.length === 0
      ? ["", ""]
      : [
          code`readonly #calls: ${runtime.TypedCalls};`,
          code`this.#calls = new ${runtime.TypedCalls}(rpc, ${schemas}, options);`,
        ];
  const constructor = code`
/** \`rpc\` makes the calls: connect it first. */
constructor(rpc: ${runtime.CentrifugoRPCClient}, options?: ${runtime.APIClientOptions}) {
  ${create}
  rpc.watchContract(${contract}, options?.onContractMismatch);
}
`;
  file.print(code`
/** The methods of the API. */
export class APIClient {
  ${paragraphs(field, constructor, ...methods.map((method) => methodText(method, names, types)))}
}
`);
}

function methodText(method: ClientMethod, names: Names, types: TypePrinter): Code {
  const { name, identifier, params, result } = method;
  const parameters = [
    ...(params ? [["params: ", types.type(params), canBeEmpty(method) ? " = {}" : ""]] : []),
    ["options?: ", runtime.CallOptions],
  ];
  const promise = list("Promise<", [result ? types.type(result) : "void"], ">");
  const sent = [stringLiteral(name), params ? "params" : "undefined", "options"];
  return code`
${methodDoc(method, names)}
${identifier}${list("(", parameters, ")")}: ${promise} {
  return this.#calls.call${list("(", sent, ")")};
}
`;
}

/** Whether `{}` has the type of the params: not if a field has the name of an object's own member. */
function canBeEmpty({ allOptional, paramsModel }: ClientMethod): boolean {
  return allOptional && !paramsModel?.fields.some(({ name }) => name in {});
}

function methodDoc({ name, description, deprecated, errors }: ClientMethod, names: Names): string {
  const tags = [
    ...(deprecated === undefined ? [] : [`@deprecated ${commentLine(deprecated)}`.trim()]),
    ...errors.map((error) => `@throws ${names.error(error).name}`),
  ];
  return docComment(description ?? `Calls \`${commentLine(name)}\`.`, tags);
}

/** Prints `src/index.ts`. */
export function printIndex(file: SourceFile, hasErrors: boolean): void {
  file.print(code`
export { APIClient } from "./client.js";
${hasErrors ? 'export * from "./errors.js";' : ""}
export type * from "./models.js";
${bindings("export type", CODEC_TYPES, "./rpc/client/codec/index.js")}
${bindings("export", RUNTIME_VALUES, "./rpc/client/index.js")}
${bindings("export type", RUNTIME_TYPES, "./rpc/client/index.js")}
`);
}

/** Prints `src/contract.ts`: the part of the contract that every application loads. */
export function printContract(file: SourceFile, { hash }: CarriedContract): void {
  file.print(code`
/** The contract that this client was generated from. */
export const contract: ${runtime.ClientContract} = {
  hash: ${stringLiteral(hash)},
  load: async () => (await import("./contract-methods.js")).methods,
};
`);
}

/** Prints `src/contract-methods.ts`, which is loaded only when the server's contract is another. */
export function printContractMethods(file: SourceFile, { methods }: CarriedContract): void {
  const lines = methods.map((method) => `\n  ${asLiteral(method)},`);
  file.print(code`
/** The methods of the contract. */
export const methods: readonly ${runtime.ClientContractMethod}[] = [${lines}${lines.length > 0 ? "\n" : ""}];
`);
}

/** JSON as an expression, without misleading characters and with `__proto__` as an ordinary key. */
function asLiteral(json: string): string {
  const key = "__proto__";
  const text = jsonText(JSON.parse(json) as JsonValue);
  return text.replaceAll(new RegExp(`(?<=[{,])"${key}":`, "g"), `${literalKey(key)}:`);
}
