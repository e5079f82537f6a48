import type { ClientMethod } from "../print/client-methods.js";
import { bracketed, group, ifBroken, indent, join, line, softline } from "../print/layout.js";
import { CODEC_TYPES, RUNTIME_TYPES, RUNTIME_VALUES, type Names } from "./names.js";
import {
  commentLine,
  docComment,
  importTypes,
  importValues,
  print,
  reexport,
  stringLiteral,
} from "./source.js";
import { UNKNOWN_VARIANT, type TypePrinter } from "./types.js";

/** The text of `src/client.ts`. */
export function clientFile(
  methods: readonly ClientMethod[],
  names: Names,
  types: TypePrinter,
): string {
  const mentioned = new Set(
    methods
      .flatMap(({ params, result }) => [params, result])
      .flatMap((type) => (type === undefined ? [] : types.namesIn(type))),
  );
  const models = [...mentioned].filter((name) => name !== UNKNOWN_VARIANT).toSorted();
  const codec = ["type APIClientOptions", "TypedCalls"];
  if (mentioned.has(UNKNOWN_VARIANT)) codec.push(`type ${UNKNOWN_VARIANT}`);
  return `${importValues(["contract"], "./contract.js")}\
${importTypes(models, "./models.js")}\
${importValues(codec, "./rpc/client/codec/index.js")}\
${importTypes(["CallOptions", "CentrifugoRPCClient"], "./rpc/client/index.js")}\
${importValues(["schemas"], "./schemas.js")}
/** The methods of the API, one here for each of them. */
export class APIClient {
  readonly #calls: TypedCalls;

  /** \`rpc\` makes the calls: connect it first. */
  constructor(rpc: CentrifugoRPCClient, options?: APIClientOptions) {
    this.#calls = new TypedCalls(rpc, schemas, options);
    rpc.watchContract(contract, options?.onContractMismatch);
  }
${methods.map((method) => `\n${methodText(method, names, types)}`).join("")}}
`;
}

function methodText(method: ClientMethod, names: Names, types: TypePrinter): string {
  const { name, identifier, params, result } = method;
  const parameters = [
    ...(params === undefined
      ? []
      : [["params:", types.afterColon(params), canBeEmpty(method) ? " = {}" : ""]]),
    "options?: CallOptions",
  ];
  const promise = result === undefined ? "Promise<void>" : types.argument("Promise", result);
  // One group: only when all of it does not fit on a line do the parameters go onto lines.
  const signature = group(
    "(",
    indent(softline, join([",", line], parameters)),
    ifBroken(","),
    softline,
    "): ",
    promise,
    " {",
  );
  const sent = params === undefined ? "undefined" : "params";
  const call = bracketed("(", [stringLiteral(name), sent, "options"], ")");
  return `${methodDoc(method, names)}${print(identifier, signature, 1)}
${print("return this.#calls.call", [call, ";"], 2)}
  }
`;
}

/** Whether `{}` is of the params' type: it has `toString` and the like, so no field may be named so. */
function canBeEmpty({ allOptional, paramsModel }: ClientMethod): boolean {
  return allOptional && !paramsModel?.fields.some(({ name }) => name in {});
}

function methodDoc({ name, description, deprecated, errors }: ClientMethod, names: Names): string {
  const tags = [
    ...(deprecated === undefined ? [] : [`@deprecated ${commentLine(deprecated)}`.trim()]),
    ...errors.map((error) => `@throws ${names.types.get(error.name)}`),
  ];
  return docComment(1, description ?? `Calls \`${commentLine(name)}\`.`, tags);
}

/** The text of `src/index.ts`. */
export function indexFile(hasErrors: boolean): string {
  return `export { APIClient } from "./client.js";
${hasErrors ? 'export * from "./errors.js";\n' : ""}export type * from "./models.js";
${reexport("export type", CODEC_TYPES, "./rpc/client/codec/index.js")}\
${reexport("export", RUNTIME_VALUES, "./rpc/client/index.js")}\
${reexport("export type", RUNTIME_TYPES, "./rpc/client/index.js")}`;
}
