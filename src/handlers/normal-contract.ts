import type { Contract, ContractErrorType, ContractMethod, JsonSchema } from "../protocol/index.js";
import { normalSchema } from "./normal-schema.js";

/** A contract with its schemas in {@link normalSchema their normal form}. */
export function normalContract(contract: Contract): Contract {
  return { ...contract, methods: contract.methods.map(normalMethod) };
}

function normalMethod(method: ContractMethod): ContractMethod {
  const { params, result, errors } = method;
  return {
    ...method,
    ...normal("params", params),
    ...normal("result", result),
    ...(errors === undefined ? {} : { errors: errors.map(normalError) }),
  };
}

function normalError(error: ContractErrorType): ContractErrorType {
  return { ...error, ...normal("details", error.details) };
}

function normal(part: string, schema: JsonSchema | undefined): Record<string, JsonSchema> {
  return schema === undefined ? {} : { [part]: normalSchema(schema) };
}
