import { z } from "zod";
import {
  ArgumentError,
  withoutUndefined,
  type Contract,
  type ContractErrorType,
  type ContractMethod,
} from "../protocol/index.js";
import { normalSchema } from "../schema/index.js";

const jsonSchema = z.union([z.boolean(), z.looseObject({})]);

const errorType = z.object({
  name: z.string(),
  code: z.int(),
  description: z.string().optional(),
  details: jsonSchema.optional(),
});

const example = z.object({
  description: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
});

const method = z.object({
  name: z.string(),
  description: z.string().optional(),
  deprecated: z.union([z.literal(true), z.string()]).optional(),
  idempotent: z.literal(true).optional(),
  params: jsonSchema.optional(),
  result: jsonSchema.optional(),
  errors: z.array(errorType).optional(),
  examples: z.array(example).optional(),
});

const contractDocument = z.object({ contract: z.literal(1), methods: z.array(method) });

/**
 * Reads a contract document. It drops fields that this version does not know and converts schemas to
 * the normal form, so that equivalent contracts have the same hash and produce the same clients
 * whichever backend printed them. It does not check the schemas themselves.
 *
 * @throws ArgumentError `CRPC_CONTRACT_INVALID` that names the first wrong field.
 */
export function readContract(document: unknown): Contract {
  const parsed = contractDocument.safeParse(document);
  if (parsed.success) return normalContract(parsed.data as Contract);
  const [issue] = parsed.error.issues;
  const place = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new ArgumentError(`${place}${issue?.message ?? "malformed"}`, "CRPC_CONTRACT_INVALID");
}

/** Returns a contract with its schemas in the normal form of docs/contract.md. */
export function normalContract(contract: Contract): Contract {
  return { ...contract, methods: contract.methods.map(normalMethod) };
}

function normalMethod(method: ContractMethod): ContractMethod {
  const { params, result, errors } = method;
  return withoutUndefined({
    ...method,
    params: params && normalSchema(params),
    result: result && normalSchema(result),
    errors: errors?.map(normalError),
  });
}

function normalError(error: ContractErrorType): ContractErrorType {
  return withoutUndefined({ ...error, details: error.details && normalSchema(error.details) });
}
