export { clientContract } from "./client-contract.js";
export type { ClientContract, ClientContractMethod } from "./client-contract.js";
export { contractHash, methodHash } from "./hash.js";
export type { WireMethod } from "./wire-method.js";
