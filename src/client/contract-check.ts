import {
  CONTRACT_METHOD,
  PROTOCOL_VERSION,
  type ContractCheckReply,
  type ContractCheckRequest,
  type ContractVerdict,
  type HelloReply,
} from "../protocol/envelope.js";
import type { ContractMethod } from "../protocol/contract.js";

/** The contract that a client was generated from. */
export interface ClientContract {
  readonly hash: string;
  /** The methods with the hash of each. They are needed only when the server's hash is another. */
  load(): Promise<readonly ClientContractMethod[]>;
}

/** A method with the hash of what callers can notice of it. */
export type ClientContractMethod = ContractMethod & { readonly hash: string };

/** How the server's contract differs from the client's. */
export interface ContractMismatch {
  /** The hash of the server's contract. */
  readonly serverHash: string;
  /** The methods that differ. All others are the same and work. */
  readonly methods: Readonly<Record<string, ContractVerdict>>;
}

/** Makes a call of the protocol itself. Rejects when there is no connection. */
export type ProtocolCall = (method: string, data: unknown) => Promise<unknown>;

/** A client's contract beside the server's, which may change with each reconnect. */
export class ContractWatch {
  readonly #contract: ClientContract;
  readonly #onMismatch: (mismatch: ContractMismatch) => void;
  /** The server's contract at the last comparison. */
  #serverHash: string;

  /**
   * @param onMismatch is called when they differ, once for each contract of the server; without it
   * a mismatch is a warning on the console
   */
  constructor(contract: ClientContract, onMismatch: (mismatch: ContractMismatch) => void = report) {
    this.#contract = contract;
    this.#onMismatch = onMismatch;
    this.#serverHash = contract.hash;
  }

  /** Compares with the server that says `hello`. */
  async compare(
    { contract: serverHash, max_message_bytes: maxBytes }: HelloReply,
    send: ProtocolCall,
  ): Promise<void> {
    if (serverHash === undefined || serverHash === this.#serverHash) return;
    this.#serverHash = serverHash;
    if (serverHash === this.#contract.hash) return;
    try {
      this.#onMismatch({
        serverHash,
        methods: await checkContract(this.#contract, send, maxBytes),
      });
    } catch {
      // The connection was lost, and will say hello again.
      this.#serverHash = this.#contract.hash;
    }
  }
}

function report({ methods }: ContractMismatch): void {
  const names = Object.entries(methods).map(([name, verdict]) => `${name} ${verdict}`);
  // oxlint-disable-next-line no-console -- whoever wants it elsewhere gives a function
  console.warn(
    "centrifugo-rpc: the server's contract is another one than this client's:",
    names.join(", ") || "no method of this client differs",
  );
}

/** Room for the rest of the message around the methods, in bytes. */
const FRAME_BYTES = 1000;

/**
 * Asks the gateway what its contract means for the methods of a client: first by their hashes, then
 * with the whole methods that it does not know.
 */
async function checkContract(
  contract: ClientContract,
  send: ProtocolCall,
  maxBytes: number,
): Promise<Record<string, ContractVerdict>> {
  const methods = await contract.load();
  const verdicts: Record<string, ContractVerdict> = {};
  const unknown = new Set<string>();

  async function ask(entries: readonly Entry[]): Promise<void> {
    for (const batch of batches(entries, maxBytes - FRAME_BYTES)) {
      const request: ContractCheckRequest = {
        $rpc: PROTOCOL_VERSION,
        methods: Object.fromEntries(batch),
      };
      const reply = (await send(CONTRACT_METHOD, request)) as ContractCheckReply;
      for (const [name, verdict] of Object.entries(reply.verdicts)) {
        if (verdict === "unknown") unknown.add(name);
        else verdicts[name] = verdict;
      }
    }
  }

  await ask(methods.map(({ name, hash }) => [name, hash]));
  const whole = methods
    .filter(({ name }) => unknown.has(name))
    .map(({ name, hash: _hash, ...method }): Entry => [name, method]);
  const sendable = whole.filter((entry) => bytesOf(entry) <= maxBytes - FRAME_BYTES);
  for (const [name] of sendable) unknown.delete(name);
  await ask(sendable);
  // What cannot be sent, or is unknown even now, may have changed.
  for (const name of unknown) verdicts[name] = "changed";
  return verdicts;
}

type Entry = readonly [name: string, method: string | Omit<ContractMethod, "name">];

/** The entries in parts of at most `maxBytes` of JSON each. */
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
