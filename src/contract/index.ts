export type { Change } from "./change.js";
export { clientContract } from "./client-contract.js";
export type { ClientContract, ClientContractMethod } from "./client-contract.js";
export { diffContracts, diffMethods } from "./diff.js";
export type { ContractDiff, MethodDiff, MethodVerdict } from "./diff.js";
export { contractHash, methodHash } from "./hash.js";
export type { WireMethod } from "./wire-method.js";
