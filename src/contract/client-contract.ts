import type { Contract } from "../protocol/index.js";
import { hashOfMethods, wireMethodHash } from "./hash.js";
import { wireMethod, type WireMethod } from "./wire-method.js";

/**
 * What a generated client carries of the contract that it was generated from: what it needs to find
 * out what a newer server means for it (docs/protocol.md, section 10).
 */
export interface ClientContract {
  /** The version of this form. */
  readonly contract: 1;
  /** The {@link contractHash}: what `contract` of `$rpc.hello` is compared with. */
  readonly hash: string;
  /** Sorted by name. */
  readonly methods: readonly ClientContractMethod[];
}

/** One method of a {@link ClientContract}, without documents. */
export type ClientContractMethod = {
  readonly name: string;
  /** The {@link methodHash}. */
  readonly hash: string;
} & Readonly<WireMethod>;

/** The part of a contract that its generated clients carry. The same contract gives the same JSON. */
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
