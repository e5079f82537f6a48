import type { Contract } from "../protocol/index.js";
import { hashOfMethods, wireMethodHash } from "./hash.js";
import { wireMethod, type WireMethod } from "./wire-method.js";

/**
 * The part of a contract that a generated client carries, to check its compatibility with a newer
 * server (docs/protocol.md, section 10).
 */
export interface ClientContract {
  /** The version of this format. */
  readonly contract: 1;
  /** The {@link contractHash}, compared with `contract` of `$rpc.hello`. */
  readonly hash: string;
  /** Sorted by name. */
  readonly methods: readonly ClientContractMethod[];
}

/** One method of a {@link ClientContract}, without documentation. */
export type ClientContractMethod = {
  readonly name: string;
  /** The {@link methodHash}. */
  readonly hash: string;
} & Readonly<WireMethod>;

/** Returns the part of a contract that clients carry. Equal contracts result in equal JSON. */
export function clientContract(contract: Contract): ClientContract {
  const methods = contract.methods
    .map((method): ClientContractMethod => {
      const wire = wireMethod(method);
      return { name: method.name, hash: wireMethodHash(wire), ...wire };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    contract: 1,
    hash: hashOfMethods(methods.map(({ name, hash }) => [name, hash])),
    methods,
  };
}
