import type { ContractErrorType, ContractMethod, JsonSchema } from "../protocol/index.js";
import { canonicalSchema } from "../schema/index.js";

/** What callers can notice of a method, with its schemas in their canonical form. */
export interface WireMethod {
  params?: JsonSchema;
  result?: JsonSchema;
  /** Sorted by code, then by name; absent when there is none. */
  errors?: Pick<ContractErrorType, "name" | "code" | "details">[];
  idempotent?: true;
}

/** Leaves out of a method what its callers cannot notice: its name, documents, examples. */
export function wireMethod(method: Omit<ContractMethod, "name">): WireMethod {
  const { params, result, errors = [], idempotent } = method;
  return {
    ...(params === undefined ? {} : { params: canonicalSchema(params) }),
    ...(result === undefined ? {} : { result: canonicalSchema(result) }),
    ...(errors.length === 0 ? {} : { errors: errors.map(wireError).toSorted(byCode) }),
    ...(idempotent === true ? { idempotent } : {}),
  };
}

type WireErrorType = NonNullable<WireMethod["errors"]>[number];

function wireError({ name, code, details }: ContractErrorType): WireErrorType {
  return { name, code, ...(details === undefined ? {} : { details: canonicalSchema(details) }) };
}

function byCode(a: WireErrorType, b: WireErrorType): number {
  return a.code - b.code || (a.name < b.name ? -1 : 1);
}
