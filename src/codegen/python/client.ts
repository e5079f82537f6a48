import type { ClientMethod } from "../client-methods.js";
import { bracketed, group, indent, softline } from "../layout.js";
import { docstring, exportAll, importFrom, print, stringLiteral } from "./source.js";

/** The text of `client.py`. */
export function clientFile(methods: readonly ClientMethod[]): string {
  const models = new Set(methods.flatMap((method) => [method.params, method.result]));
  return `from __future__ import annotations

${importFrom(".models", [...models].toSorted())}\
${importFrom(".rpc", ["CentrifugoRPCClient"])}

class APIClient:
    """The methods of the API, one here for each of them."""

    def __init__(self, rpc_client: CentrifugoRPCClient) -> None:
        """\`\`rpc_client\`\` makes the calls: connect it first."""
        self._rpc = rpc_client
${methods.map((method) => `\n${methodText(method)}`).join("")}`;
}

function methodText({
  name,
  identifier,
  description,
  params,
  result,
  allOptional,
}: ClientMethod): string {
  const parameters = [
    "self",
    `params: ${params}${allOptional ? " | None = None" : ""}`,
    "*",
    "timeout: float | None = None",
  ];
  const signature = [bracketed("(", parameters, ")"), ` -> ${result}:`];
  const dump = bracketed(
    "params.model_dump(",
    ['mode="json"', "by_alias=True", "exclude_unset=True"],
    ")",
  );
  const call = bracketed("(", [stringLiteral(name), dump, "timeout=timeout"], ")");
  return [
    `${print(`async def ${identifier}`, signature, 1)}\n`,
    docstring(2, description ?? `Call \`\`${name}\`\`.`),
    allOptional ? `        if params is None:\n            params = ${params}()\n` : "",
    `${print("result = await self._rpc.call", call, 2)}\n`,
    `${print(`return ${result}.model_validate`, group("(", indent(softline, "result"), softline, ")"), 2)}\n`,
  ].join("");
}

/** The text of `__init__.py`. */
export function initFile(models: readonly string[], runtime: readonly string[]): string {
  return `${importFrom(".client", ["APIClient"])}\
${importFrom(".models", models)}\
${importFrom(".rpc", runtime)}
${exportAll(["APIClient", ...models, ...runtime])}`;
}
