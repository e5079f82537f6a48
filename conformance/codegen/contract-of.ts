import type { Contract, ContractMethod, JsonSchema } from "../../src/protocol/index.js";

/** What Zod and ArkType have in common: see https://standardschema.dev/json-schema. */
interface Schema {
  readonly "~standard": {
    readonly jsonSchema: Record<
      "input" | "output",
      (options: { target: "draft-2020-12" }) => Record<string, unknown>
    >;
  };
}

/** A method as the author of a server declares it. */
export interface Declaration {
  readonly description?: string;
  readonly params: Schema;
  readonly result: Schema;
}

/** The contract of some methods, with the schemas as their library prints them. */
export function contractOf(methods: Readonly<Record<string, Declaration>>): Contract {
  return { contract: 1, methods: Object.entries(methods).map(contractMethod) };
}

function contractMethod([name, declaration]: [string, Declaration]): ContractMethod {
  const { description, params, result } = declaration;
  return {
    name,
    ...(description === undefined ? {} : { description }),
    params: jsonSchema(params, "input"),
    result: jsonSchema(result, "output"),
  };
}

function jsonSchema(schema: Schema, io: "input" | "output"): JsonSchema {
  const printed = schema["~standard"].jsonSchema[io]({ target: "draft-2020-12" });
  const { $schema: _dialect, ...rest } = printed;
  return rest;
}
