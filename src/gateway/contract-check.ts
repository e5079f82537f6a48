import { contractHash, diffMethods, methodHash } from "../contract/index.js";
import {
  PROTOCOL_VERSION,
  RPCError,
  type Contract,
  type ContractCheckReply,
  type ContractMethod,
  type ContractVerdict,
} from "../protocol/index.js";
import { readContractCheck } from "./envelope.js";

/** Tells clients what the gateway's contract means for them (docs/protocol.md, section 10). */
export interface ContractCheck {
  /** The hash of the contract, for `$rpc.hello`; `undefined` without a contract. */
  hash(): string | undefined;
  /**
   * Answers `$rpc.contract`.
   *
   * @throws RPCError invalid_params for data of another form.
   */
  reply(data: unknown): ContractCheckReply;
}

/** How many forms of methods that clients have sent are remembered. */
const REMEMBERED_FORMS = 10_000;

/** @param contract gives the contract of now: it changes when handlers are loaded anew */
export function createContractCheck(contract: () => Contract | undefined): ContractCheck {
  let known: KnownContract | undefined;
  const current = (): KnownContract | undefined => {
    const now = contract();
    if (known?.contract !== now) known = now && new KnownContract(now);
    return known;
  };
  return {
    hash: () => current()?.hash,
    reply(data) {
      const sent = readContractCheck(data);
      const known = current();
      if (known === undefined) throw RPCError.of("unavailable", "this gateway has no contract");
      return { $rpc: PROTOCOL_VERSION, verdicts: known.verdicts(sent) };
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

  verdicts(sent: Record<string, SentMethod>): ContractCheckReply["verdicts"] {
    const verdicts = Object.entries(sent).flatMap(([name, method]) => {
      const verdict = this.#verdict(name, method);
      return verdict === undefined ? [] : [[name, verdict] as const];
    });
    return Object.fromEntries(verdicts);
  }

  /** `undefined` for a method that is the same. */
  #verdict(name: string, sent: SentMethod): ContractVerdict | "unknown" | undefined {
    const known = this.#methods.get(name);
    if (known === undefined) return "removed";
    if (typeof sent === "string") {
      return sent === known.hash ? undefined : (this.#verdicts.get(`${name} ${sent}`) ?? "unknown");
    }
    const { verdict } = diffMethods(sent, known.method);
    if (verdict === "same") return undefined;
    const told = verdict === "compatible" ? "compatible" : "changed";
    this.#remember(name, sent, told);
    return told;
  }

  #remember(name: string, method: Omit<ContractMethod, "name">, verdict: ContractVerdict): void {
    let hash: string;
    try {
      hash = methodHash(method);
    } catch {
      return; // what cannot be hashed is compared each time
    }
    this.#verdicts.set(`${name} ${hash}`, verdict);
    if (this.#verdicts.size <= REMEMBERED_FORMS) return;
    const [oldest] = this.#verdicts.keys();
    if (oldest !== undefined) this.#verdicts.delete(oldest);
  }
}
