import type { JsonValue } from "../model/api-model.js";
import type { CarriedContract } from "../print/carried-contract.js";
import { jsonText } from "../print/text.js";
import { literalKey, stringLiteral } from "./source.js";

/** The text of `src/contract.ts`: what every application of the client loads. */
export function contractFile({ hash }: CarriedContract): string {
  return `import type { ClientContract } from "./rpc/client/index.js";

/** The contract that this client was generated from. */
export const contract: ClientContract = {
  hash: ${stringLiteral(hash)},
  load: async () => (await import("./contract-methods.js")).methods,
};
`;
}

/** The text of `src/contract-methods.ts`: what is needed only when the server has another contract. */
export function contractMethodsFile({ methods }: CarriedContract): string {
  const lines = methods.map((method) => `  ${asLiteral(method)},\n`).join("");
  return `import type { ClientContractMethod } from "./rpc/client/index.js";

/** The methods of the contract. */
// prettier-ignore
export const methods: readonly ClientContractMethod[] = [${lines && "\n"}${lines}];
`;
}

/** JSON as an expression: with no character that could mislead a reader, and all keys as keys. */
function asLiteral(json: string): string {
  const key = "__proto__";
  const text = jsonText(JSON.parse(json) as JsonValue);
  return text.replaceAll(new RegExp(`(?<=[{,])"${key}":`, "g"), `${literalKey(key)}:`);
}
