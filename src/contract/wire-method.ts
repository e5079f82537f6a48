import {
  withoutUndefined,
  type ContractErrorType,
  type ContractMethod,
  type JsonSchema,
} from "../protocol/index.js";
import { canonicalSchema } from "../schema/index.js";

/** The parts of a method that affect its callers, with schemas in canonical form. */
export interface WireMethod {
  params?: JsonSchema;
  result?: JsonSchema;
  /** Sorted by code, then by name; absent when there are none. */
  errors?: Pick<ContractErrorType, "name" | "code" | "details">[];
  idempotent?: true;
}

/** Leaves out the parts of a method that do not affect callers: name, documentation, examples. */
export function wireMethod(method: Omit<ContractMethod, "name">): WireMethod {
  const { params, result, errors = [], idempotent } = method;
  return withoutUndefined({
    params: params && canonicalSchema(params),
    result: result && canonicalSchema(result),
    errors: errors.length > 0 ? errors.map(wireError).toSorted(byCode) : undefined,
    idempotent: idempotent === true ? idempotent : undefined,
  });
}

type WireErrorType = NonNullable<WireMethod["errors"]>[number];

function wireError({ name, code, details }: ContractErrorType): WireErrorType {
  return withoutUndefined({ name, code, details: details && canonicalSchema(details) });
}

function byCode(a: WireErrorType, b: WireErrorType): number {
  return a.code - b.code || (a.name < b.name ? -1 : 1);
}
