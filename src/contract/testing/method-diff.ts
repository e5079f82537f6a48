import { z } from "zod";
import { contractOf, type Declaration } from "../../../testing/contract-of.js";
import type { ContractMethod, JsonSchema } from "../../protocol/index.js";
import { diffMethods } from "../diff/diff-contracts.js";

/** The verdict on a method of which the params or the result change. */
export function verdictOf(part: "params" | "result", from: unknown, to: unknown): string {
  return diff(part, from, to).verdict;
}

/** The changes in words. */
export function changesOf(part: "params" | "result", from: unknown, to: unknown): string[] {
  return diff(part, from, to).changes.map(({ path, what, why }) => `${path}: ${what}: ${why}`);
}

function diff(part: "params" | "result", from: unknown, to: unknown) {
  return diffMethods({ [part]: schemaOf(part, from) }, { [part]: schemaOf(part, to) });
}

/** A schema of Zod as JSON Schema; what is no schema of Zod is one already. */
export function schemaOf(part: "params" | "result", schema: unknown): JsonSchema {
  if (!(schema instanceof z.ZodType)) return schema as JsonSchema;
  return methodOf({ [part]: schema })[part] as JsonSchema;
}

/** A method of a contract. */
export function methodOf(declaration: Declaration): Omit<ContractMethod, "name"> {
  const [method] = contractOf({ method: declaration }).methods;
  if (!method) throw new Error("there is one");
  return method;
}
