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

/** Makes the handler of a method that lives in a service. */
export type RemoteHandler = (method: ContractMethod) => Method["handler"];

/**
 * The methods that a contract from elsewhere has, as if they were registered here.
 *
 * @throws an error that says what is wrong with the contract: its form, a name that no method or
 * error can have, a name or a code that is taken twice, or a value that JSON does not have.
 */
export function readMethods(
  document: unknown,
  handlerOf: RemoteHandler,
): { contract: Contract; methods: Registry } {
  const contract = readContract(document);
  const methods = new Registry();
  for (const method of contract.methods) {
    methods.register({
      name: method.name,
      options: optionsOf(method),
      handler: handlerOf(method),
    });
  }
  // Whatever cannot be done with it later is found here.
  contractHash(buildContract(methods));
  return { contract, methods };
}

/**
 * The contract that a service answers with, when a gateway would take it.
 *
 * @throws an error that says what is wrong with it.
 */
export function checkServiceContract(document: unknown): Contract {
  return readMethods(document, () => async () => undefined).contract;
}

function optionsOf(method: ContractMethod): MethodOptions<Schema, Schema> {
  const { name: _, params, result, errors, ...documents } = method;
  return {
    ...documents,
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

/** A schema that is printed as this one and lets every value pass: the service checks them. */
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
