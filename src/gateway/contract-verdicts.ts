import { setImmediate } from "node:timers/promises";
import { contractHash, diffMethods, methodHash } from "../contract/index.js";
import {
  PROTOCOL_VERSION,
  RPCError,
  type Contract,
  type ContractCheckReply,
  type ContractMethod,
  type ContractVerdict,
} from "../protocol/index.js";
import { readContractCheck } from "./calls/read-envelope.js";

/** How many forms of methods that clients have sent are remembered. */
const REMEMBERED_FORMS = 10_000;

/** What the gateway's contract means for a client (docs/protocol.md, section 10). */
export class ContractVerdicts {
  readonly #contract: Contract | (() => Contract | undefined) | undefined;
  #known: KnownContract | undefined;

  /** @param contract the contract, or a function that returns the current one */
  constructor(contract: Contract | (() => Contract | undefined) | undefined) {
    this.#contract = contract;
  }

  /** The contract's hash, for `$rpc.hello`; `undefined` without a contract. */
  hash(): string | undefined {
    return this.#current()?.hash;
  }

  /**
   * Answers `$rpc.contract`. It is not async: a request that it refuses counts as refused.
   *
   * @throws RPCError invalid_params, or unavailable without a contract.
   */
  reply(data: unknown): Promise<ContractCheckReply> {
    const sent = readContractCheck(data);
    const known = this.#current();
    if (known === undefined) throw RPCError.of("unavailable", "this gateway has no contract");
    return known.verdicts(sent).then((verdicts) => ({ $rpc: PROTOCOL_VERSION, verdicts }));
  }

  #current(): KnownContract | undefined {
    const now = typeof this.#contract === "function" ? this.#contract() : this.#contract;
    if (this.#known?.contract !== now) this.#known = now && new KnownContract(now);
    return this.#known;
  }
}

/** A method as a client sends it: by its hash, or whole. */
type SentMethod = string | Omit<ContractMethod, "name">;

class KnownContract {
  readonly contract: Contract;
  readonly hash: string;
  readonly #methods: ReadonlyMap<
    string,
    { readonly method: ContractMethod; readonly hash: string }
  >;
  /** By `name hash` of older forms of methods, hashed here so that no client can forge one. */
  readonly #verdicts = new Map<string, ContractVerdict>();

  constructor(contract: Contract) {
    this.contract = contract;
    this.hash = contractHash(contract);
    this.#methods = new Map(
      contract.methods.map((method) => [method.name, { method, hash: methodHash(method) }]),
    );
  }

  async verdicts(sent: Record<string, SentMethod>): Promise<ContractCheckReply["verdicts"]> {
    const verdicts: [string, ContractVerdict | "unknown"][] = [];
    for (const [name, method] of Object.entries(sent)) {
      const verdict = this.#verdict(name, method);
      if (verdict !== undefined) verdicts.push([name, verdict]);
      // Judging a large method takes a while; other calls run between two of them.
      if (typeof method !== "string") await setImmediate();
    }
    return Object.fromEntries(verdicts);
  }

  /** `undefined` for an unchanged method. */
  #verdict(name: string, sent: SentMethod): ContractVerdict | "unknown" | undefined {
    const known = this.#methods.get(name);
    if (known === undefined) return "removed";
    if (typeof sent === "string") {
      return sent === known.hash ? undefined : (this.#verdicts.get(`${name} ${sent}`) ?? "unknown");
    }
    const hash = hashOf(sent);
    if (hash === undefined) return "changed";
    if (hash === known.hash) return undefined;
    const key = `${name} ${hash}`;
    const verdict = this.#verdicts.get(key) ?? judged(sent, known.method);
    this.#remember(key, verdict);
    return verdict;
  }

  #remember(key: string, verdict: ContractVerdict): void {
    // Asked for again, so it becomes the newest.
    this.#verdicts.delete(key);
    this.#verdicts.set(key, verdict);
    if (this.#verdicts.size <= REMEMBERED_FORMS) return;
    const [oldest] = this.#verdicts.keys();
    if (oldest !== undefined) this.#verdicts.delete(oldest);
  }
}

/** `undefined` for a method that cannot be hashed: too deep, or with numbers outside JSON. */
function hashOf(method: Omit<ContractMethod, "name">): string | undefined {
  try {
    return methodHash(method);
  } catch {
    return undefined;
  }
}

function judged(old: Omit<ContractMethod, "name">, now: ContractMethod): ContractVerdict {
  return diffMethods(old, now).verdict === "compatible" ? "compatible" : "changed";
}
