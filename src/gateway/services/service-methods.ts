import { contractHash, readContract } from "../../contract/index.js";
import type {
  Contract,
  ContractErrorType,
  ContractMethod,
  JsonSchema,
} from "../../protocol/index.js";
import {
  buildContract,
  defineError,
  type DefinedError,
  type Method,
  type MethodOptions,
  Registry,
  type Schema,
} from "../../handlers/index.js";

/** What a method does that lives in a service. */
export type RemoteMethod = Pick<Method, "handler" | "keepsCalls">;

/**
 * The methods of a contract from elsewhere, as if they were registered here.
 *
 * @throws an error that describes the problem: the form of the contract, an invalid name, a name or a
 * code that is taken twice, or a value outside JSON.
 */
export function readMethods(
  document: unknown,
  remote: (method: ContractMethod) => RemoteMethod,
): { contract: Contract; methods: Registry } {
  const contract = readContract(document);
  const methods = new Registry();
  for (const method of contract.methods) {
    methods.register({
      name: method.name,
      options: optionsOf(method),
      ...remote(method),
    });
  }
  // Finds here what would fail later.
  contractHash(buildContract(methods));
  return { contract, methods };
}

/**
 * The contract of a service, if a gateway accepts it.
 *
 * @throws an error that describes the problem.
 */
export function checkServiceContract(document: unknown): Contract {
  return readMethods(document, () => ({ handler: async () => undefined })).contract;
}

function optionsOf(method: ContractMethod): MethodOptions<Schema, Schema> {
  const { name: _, params, result, errors, ...documents } = method;
  return {
    ...documents,
    // The service checks the params, and their number.
    maxParamsNodes: Infinity,
    ...(params !== undefined && { params: printing(params) }),
    ...(result !== undefined && { result: printing(result) }),
    ...(errors && { errors: errors.map(errorClass) }),
  };
}

function errorClass({ name, details, ...options }: ContractErrorType): DefinedError {
  return details === undefined
    ? defineError(name, options)
    : defineError(name, { ...options, details: printing(details) });
}

/** A schema that prints as this one and accepts every value: the service checks them. */
function printing(jsonSchema: JsonSchema): Schema {
  const print = (): Record<string, unknown> => {
    if (typeof jsonSchema === "object") return jsonSchema;
    return jsonSchema ? {} : { not: {} };
  };
  return {
    "~standard": {
      version: 1,
      vendor: "centrifugo-rpc",
      validate: (value) => ({ value }),
      jsonSchema: { input: print, output: print },
    },
  };
}
