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

/** Tells clients what the gateway's contract means for them (docs/protocol.md, section 10). */
export interface ContractCheck {
  /** The hash of the contract, for `$rpc.hello`; `undefined` without a contract. */
  hash(): string | undefined;
  /**
   * Answers `$rpc.contract`.
   *
   * @throws RPCError invalid_params for data of another form.
   */
  reply(data: unknown): Promise<ContractCheckReply>;
}

/** How many forms of methods that clients have sent are remembered. */
const REMEMBERED_FORMS = 10_000;

/** @param contract the contract, or what gives that of now: it changes when handlers are loaded anew */
export function createContractCheck(
  contract: Contract | (() => Contract | undefined) | undefined,
): ContractCheck {
  let known: KnownContract | undefined;
  const current = (): KnownContract | undefined => {
    const now = typeof contract === "function" ? contract() : contract;
    if (known?.contract !== now) known = now && new KnownContract(now);
    return known;
  };
  return {
    hash: () => current()?.hash,
    // Not async: what is refused at once is told to the observers as such.
    reply(data) {
      const sent = readContractCheck(data);
      const known = current();
      if (known === undefined) throw RPCError.of("unavailable", "this gateway has no contract");
      return known.verdicts(sent).then((verdicts) => ({ $rpc: PROTOCOL_VERSION, verdicts }));
    },
  };
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
  /** `name hash` of older forms of methods: by our own hash of them, so that no client can lie. */
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
      // A large method takes a while: other calls go on between two of them.
      if (typeof method !== "string") await setImmediate();
    }
    return Object.fromEntries(verdicts);
  }

  /** `undefined` for a method that is the same. */
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
    // What is asked for again becomes the newest.
    this.#verdicts.delete(key);
    this.#verdicts.set(key, verdict);
    if (this.#verdicts.size <= REMEMBERED_FORMS) return;
    const [oldest] = this.#verdicts.keys();
    if (oldest !== undefined) this.#verdicts.delete(oldest);
  }
}

/** `undefined` for what has no hash: too many levels, or numbers that JSON does not have. */
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
