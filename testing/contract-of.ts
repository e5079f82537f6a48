import type {
  Contract,
  ContractErrorType,
  ContractExample,
  ContractMethod,
  JsonSchema,
} from "../src/protocol/index.js";
import { normalContract } from "../src/index.js";

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
  readonly deprecated?: true | string;
  readonly idempotent?: true;
  readonly params?: Schema;
  readonly result?: Schema;
  readonly errors?: readonly ErrorDeclaration[];
  readonly examples?: readonly ContractExample[];
}

/** An error as the author of a server defines it. */
export interface ErrorDeclaration {
  readonly name: string;
  readonly code: number;
  readonly description?: string;
  readonly details?: Schema;
}

/** The contract of some methods, with their schemas in the normal form. */
export function contractOf(methods: Readonly<Record<string, Declaration>>): Contract {
  return normalContract({ contract: 1, methods: Object.entries(methods).map(contractMethod) });
}

function contractMethod([name, declaration]: [string, Declaration]): ContractMethod {
  const { params, result, errors, examples, ...rest } = declaration;
  return {
    name,
    ...rest,
    ...(params ? { params: jsonSchema(params, "input") } : {}),
    ...(result ? { result: jsonSchema(result, "output") } : {}),
    ...(errors ? { errors: errors.map(errorType) } : {}),
    ...(examples ? { examples: [...examples] } : {}),
  };
}

function errorType({ details, ...rest }: ErrorDeclaration): ContractErrorType {
  return details ? { ...rest, details: jsonSchema(details, "output") } : rest;
}

function jsonSchema(schema: Schema, io: "input" | "output"): JsonSchema {
  const printed = schema["~standard"].jsonSchema[io]({ target: "draft-2020-12" });
  const { $schema: _dialect, ...rest } = printed;
  return rest;
}
