import type { ClientMethod } from "../client-methods.js";
import { bracketed, group, ifBroken, indent, join, line } from "../layout.js";
import { docComment, print, stringLiteral } from "./source.js";

/** The text of `src/client.ts`. */
export function clientFile(methods: readonly ClientMethod[]): string {
  const models = new Set(methods.flatMap((method) => [method.params, method.result]));
  const runtime = ["CallOptions", "CentrifugoRPCClient"];
  return `${typeImport([...models].toSorted(), "./models.js")}\
${typeImport(runtime, "./rpc/client/index.js")}
/** The methods of the API, one here for each of them. */
export class APIClient {
  readonly #rpc: CentrifugoRPCClient;

  /** \`rpc\` makes the calls: connect it first. */
  constructor(rpc: CentrifugoRPCClient) {
    this.#rpc = rpc;
  }
${methods.map((method) => `\n${methodText(method)}`).join("")}}
`;
}

function methodText({
  name,
  identifier,
  description,
  params,
  result,
  allOptional,
}: ClientMethod): string {
  const parameter = `params: ${params}${allOptional ? " = {}" : ""}`;
  const signature = bracketed("(", [parameter, "options?: CallOptions"], ")");
  const call = bracketed("(", [stringLiteral(name), "params", "options"], ")");
  const doc = docComment(1, description ?? `Calls \`${name}\`.`);
  const head = print(identifier, [signature, `: Promise<${result}> {`], 1);
  const body = print("return this.#rpc.call", [call, ";"], 2);
  return `${doc}${head}\n${body}\n  }\n`;
}

function typeImport(names: readonly string[], from: string): string {
  const [only] = names;
  if (only === undefined) return "";
  const list = group("{", indent(line, join([",", line], names)), ifBroken(","), line, "}");
  const layout = names.length === 1 ? `{ ${only} }` : list;
  return `${print("import type ", [layout, ` from ${stringLiteral(from)};`])}\n`;
}

/** The text of `src/index.ts`. */
export function indexFile(
  models: readonly string[],
  values: readonly string[],
  types: readonly string[],
): string {
  return [
    'export { APIClient } from "./client.js";\n',
    reexport("export type", models, "./models.js"),
    reexport("export", values, "./rpc/client/index.js"),
    reexport("export type", types, "./rpc/client/index.js"),
  ].join("");
}

function reexport(keyword: string, names: readonly string[], from: string): string {
  if (names.length === 0) return "";
  const list = group("{", indent(line, join([",", line], names)), ifBroken(","), line, "}");
  const layout = names.length === 1 ? `{ ${names[0]} }` : list;
  return `${print(`${keyword} `, [layout, ` from ${stringLiteral(from)};`])}\n`;
}
