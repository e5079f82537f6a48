import {
  CONTRACT_METHOD,
  PROTOCOL_VERSION,
  type ContractCheckReply,
  type ContractCheckRequest,
  type ContractVerdict,
} from "../protocol/envelope.js";
import type { ContractMethod } from "../protocol/contract.js";
import { guarded } from "./guard.js";
import type { Connected } from "./session.js";
import type { Transport } from "./transport.js";

/** The contract that a client was generated from. */
export interface ClientContract {
  readonly hash: string;
  /** Loads the methods, each with its hash. Needed only when the server's contract differs. */
  load(): Promise<readonly ClientContractMethod[]>;
}

/** A method with the hash of everything that its callers can notice. */
export type ClientContractMethod = ContractMethod & { readonly hash: string };

/** How the server's contract differs from the client's. */
export interface ContractMismatch {
  /** The hash of the server's contract. */
  readonly serverHash: string;
  /** The methods that differ. All others are unchanged and work. */
  readonly methods: Readonly<Record<string, ContractVerdict>>;
}

/** Compares a client's contract with the server's, which may change with each reconnect. */
export class ContractWatch {
  readonly #contract: ClientContract;
  readonly #onMismatch: (mismatch: ContractMismatch) => void;
  /** The hash of the server's contract at the last comparison. */
  #serverHash: string;

  /**
   * @param onMismatch is called when they differ, once for each contract of the server; without it
   * a mismatch is a warning on the console
   */
  constructor(contract: ClientContract, onMismatch: (mismatch: ContractMismatch) => void = warn) {
    this.#contract = contract;
    this.#onMismatch = onMismatch;
    this.#serverHash = contract.hash;
  }

  /** Compares with the contract of the gateway that is connected now. */
  async compare({ hello, transport }: Connected): Promise<void> {
    const { contract: serverHash, max_message_bytes: maxBytes } = hello;
    if (serverHash === undefined || serverHash === this.#serverHash) return;
    this.#serverHash = serverHash;
    if (serverHash === this.#contract.hash) return;
    try {
      const methods = await verdicts(await this.#contract.load(), transport, maxBytes);
      guarded(() => this.#onMismatch({ serverHash, methods }));
    } catch {
      // The connection was lost: the next one is compared.
      this.#serverHash = this.#contract.hash;
    }
  }
}

function warn({ methods }: ContractMismatch): void {
  const names = Object.entries(methods).map(([name, verdict]) => `${name} ${verdict}`);
  // oxlint-disable-next-line no-console -- the default; an application can pass its own function
  console.warn(
    "centrifugo-rpc: the server's contract differs from this client's in",
    names.join(", ") || "no method",
  );
}

/** Room for the rest of the message around the methods, in bytes. */
const FRAME_BYTES = 1000;

/**
 * Asks the gateway what its contract means for the methods of a client: first by their hashes, then
 * with the complete methods that the gateway does not know.
 */
async function verdicts(
  methods: readonly ClientContractMethod[],
  transport: Transport,
  maxBytes: number,
): Promise<Record<string, ContractVerdict>> {
  const limit = maxBytes - FRAME_BYTES;
  const known: Record<string, ContractVerdict> = {};
  const unknown = new Set<string>();

  async function ask(entries: readonly Entry[]): Promise<void> {
    for (const batch of batches(entries, limit)) {
      const request: ContractCheckRequest = {
        $rpc: PROTOCOL_VERSION,
        methods: Object.fromEntries(batch),
      };
      const reply = (await transport.rpc(CONTRACT_METHOD, request)) as ContractCheckReply;
      for (const [name, verdict] of Object.entries(reply.verdicts)) {
        if (verdict === "unknown") unknown.add(name);
        else known[name] = verdict;
      }
    }
  }

  await ask(methods.map(({ name, hash }) => [name, hash]));
  const complete = methods
    .filter(({ name }) => unknown.has(name))
    .map(({ name, hash: _hash, ...method }): Entry => [name, method])
    .filter((entry) => bytesOf(entry) <= limit);
  for (const [name] of complete) unknown.delete(name);
  await ask(complete);
  // A method that is too large to send, or that stays unknown, may have changed.
  for (const name of unknown) known[name] = "changed";
  return known;
}

type Entry = readonly [name: string, method: string | Omit<ContractMethod, "name">];

/** Splits the entries into parts of at most `maxBytes` of JSON each. */
function batches(entries: readonly Entry[], maxBytes: number): Entry[][] {
  const all: Entry[][] = [];
  let size = Infinity;
  for (const entry of entries) {
    const bytes = bytesOf(entry);
    if (size + bytes > maxBytes) {
      all.push([]);
      size = 0;
    }
    all.at(-1)!.push(entry);
    size += bytes;
  }
  return all;
}

function bytesOf(entry: Entry): number {
  return new TextEncoder().encode(JSON.stringify(entry)).byteLength;
}
