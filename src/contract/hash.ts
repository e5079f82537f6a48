import { createHash } from "node:crypto";
import type { Contract, ContractMethod } from "../protocol/index.js";
import { canonicalText } from "../schema/index.js";
import { wireMethod, type WireMethod } from "./wire-method.js";

/**
 * The hash of what callers can notice of a method: `sha256-` and 64 hexadecimal digits. Its name,
 * documents and examples do not count. See docs/contract.md for how to compute it elsewhere.
 */
export function methodHash(method: Omit<ContractMethod, "name">): string {
  return wireMethodHash(wireMethod(method));
}

/** The {@link methodHash} of a method that is in its wire form already. */
export function wireMethodHash(method: WireMethod): string {
  return sha256(method);
}

/** The hash of a contract: the same as long as no method is added, removed or changed. */
export function contractHash(contract: Contract): string {
  return hashOfMethods(contract.methods.map((method) => [method.name, methodHash(method)]));
}

/** The {@link contractHash} of methods of which the names and hashes are known. */
export function hashOfMethods(methods: Iterable<readonly [name: string, hash: string]>): string {
  return sha256({ contract: 1, methods: Object.fromEntries(methods) });
}

function sha256(value: unknown): string {
  return `sha256-${createHash("sha256").update(canonicalText(value)).digest("hex")}`;
}
