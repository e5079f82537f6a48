import { createHash } from "node:crypto";
import type { Contract, ContractMethod } from "../protocol/index.js";
import { canonicalText } from "../schema/index.js";
import { wireMethod, type WireMethod } from "./wire-method.js";

/**
 * Hashes the parts of a method that affect its callers, without name, documentation and examples:
 * `sha256-` and 64 hexadecimal digits. docs/contract.md describes the algorithm.
 */
export function methodHash(method: Omit<ContractMethod, "name">): string {
  return wireMethodHash(wireMethod(method));
}

/** The {@link methodHash} of a method that is already in wire form. */
export function wireMethodHash(method: WireMethod): string {
  return sha256(method);
}

/** Hashes a contract. The hash changes when a method is added, removed or changed. */
export function contractHash(contract: Contract): string {
  return hashOfMethods(contract.methods.map((method) => [method.name, methodHash(method)]));
}

/** The {@link contractHash} of methods whose names and hashes are known. */
export function hashOfMethods(methods: Iterable<readonly [name: string, hash: string]>): string {
  return sha256({ contract: 1, methods: Object.fromEntries(methods) });
}

function sha256(value: unknown): string {
  return `sha256-${createHash("sha256").update(canonicalText(value)).digest("hex")}`;
}
