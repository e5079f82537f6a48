import type { Contract, ContractMethod, JsonSchema } from "../protocol/index.js";
import type { Method } from "./method.js";
import type { Registry } from "./registry.js";
import { jsonSchema, type Schema } from "./schema.js";

/**
 * The contract of all methods of a registry: what generators and checks work from.
 *
 * @throws TypeError that lists every schema that JSON Schema cannot express, with its method.
 */
export function buildContract(registry: Registry): Contract {
  const problems: string[] = [];
  const methods = registry.list().map((method) => contractMethod(method, problems));
  if (problems.length > 0) {
    throw new TypeError(
      `these methods cannot be expressed in JSON:\n${problems.join("\n")}\n` +
        `Fix: use what JSON has, for a date the text of z.iso.datetime() or "string.date.iso"; ` +
        `after a transform state the type, as in .pipe(z.int())`,
    );
  }
  return { contract: 1, methods };
}

function contractMethod({ name, options }: Method, problems: string[]): ContractMethod {
  const express = (
    schema: Schema,
    part: "params" | "result",
    io: "input" | "output",
  ): JsonSchema => {
    try {
      return jsonSchema(schema, io);
    } catch (error) {
      problems.push(`- ${name} ${part}: ${error instanceof Error ? error.message : String(error)}`);
      return {};
    }
  };
  return {
    name,
    ...(options.description === undefined ? {} : { description: options.description }),
    params: express(options.params, "params", "input"),
    result: express(options.result, "result", "output"),
  };
}
