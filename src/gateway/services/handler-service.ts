import { isDeepStrictEqual } from "node:util";
import type { Contract, ContractMethod } from "../../protocol/index.js";
import { type Logger, Registry } from "../../handlers/index.js";
import { type CalledService, remoteMethod } from "./service-call.js";
import { type ContractAnswer, ServiceClient } from "./service-client.js";
import { ServiceEpoch } from "./service-epoch.js";
import { readMethods } from "./service-methods.js";

/** The shortest pause between two requests for a contract; the longest while the service is down. */
const AWAY_POLL_MS = 1000;
/** The longest pause while a service answers every request with another entity tag. */
const LONGEST_POLL_MS = 60_000;
/** Reasons can quote a service. */
const MAX_REASON_LENGTH = 1000;
const MAX_LOGGED_NAMES = 50;

export interface HandlerServiceOptions {
  url: string;
  secret: string;
  /** How often the contract is asked for, in milliseconds. */
  pollMs: number;
  log: Logger;
  onChange: (what: ServiceChange) => void;
}

/** `methods`: its methods changed; `state`: only its state, or why it is down, changed. */
export type ServiceChange = "methods" | "state";

/** One handler service: its contract, kept up to date, and its state. */
export class HandlerService implements CalledService {
  readonly url: string;
  readonly client: ServiceClient;
  readonly epoch = new ServiceEpoch();
  readonly #pollMs: number;
  readonly #log: Logger;
  readonly #onChange: (what: ServiceChange) => void;
  #known: { contract: Contract; methods: Registry; etag: string | undefined } | undefined;
  #state: "up" | "down" = "down";
  #reason: string | undefined;
  /** From a call that could not run until the next answer to a request for the contract. */
  #isInDoubt = false;
  #refresh: Promise<void> | undefined;
  #askedAt = 0;
  /** How many answers in a row had a new entity tag. A contract may have 5 MiB. */
  #newTags = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor({ url, secret, pollMs, log, onChange }: HandlerServiceOptions) {
    this.url = url;
    this.client = new ServiceClient(url, secret);
    this.#pollMs = pollMs;
    this.#log = log;
    this.#onChange = onChange;
  }

  get state(): "up" | "down" {
    return this.#state;
  }

  /** Why it is down. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Whether its contract is known. */
  get reached(): boolean {
    return this.#known !== undefined;
  }

  /** The methods of its contract, also while it is down. */
  get methods(): Registry {
    return this.#known?.methods ?? NONE;
  }

  /** Fetches the contract now and schedules the next request. One request at a time. */
  async refresh(): Promise<void> {
    clearTimeout(this.#timer);
    this.#refresh ??= this.#ask().finally(() => {
      this.#refresh = undefined;
      this.#refreshIn(this.#state === "up" ? Math.max(this.#pollMs, this.#pause()) : this.#pause());
    });
    await this.#refresh;
  }

  sawContract(etag: string): void {
    if (opaque(etag) !== opaque(this.#known?.etag)) this.#refreshSoon();
  }

  seemsDown(): boolean {
    if (this.#state === "down" || this.#isInDoubt) return false;
    this.#isInDoubt = true;
    this.#refreshSoon();
    return true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.client.close();
  }

  /** At most once a second, whatever answers say. */
  #refreshSoon(): void {
    this.#refreshIn(Math.max(0, this.#askedAt + this.#pause() - performance.now()));
  }

  /** Doubles with each new entity tag after the first: a release has one. */
  #pause(): number {
    const pause = Math.min(AWAY_POLL_MS, this.#pollMs) * 2 ** Math.max(0, this.#newTags - 1);
    return Math.min(pause, LONGEST_POLL_MS);
  }

  #refreshIn(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#closed || this.#refresh) return;
    this.#timer = setTimeout(() => void this.refresh(), ms).unref();
  }

  async #ask(): Promise<void> {
    this.#askedAt = performance.now();
    let next: ReturnType<typeof readMethods> | undefined;
    let answer: ContractAnswer;
    try {
      answer = await this.client.contract(this.#known?.etag);
      const { changed } = answer;
      next = changed && readMethods(changed.document, (method) => remoteMethod(this, method));
      this.epoch.learn(answer.epoch);
    } catch (error) {
      if (!this.#closed) this.#isDown((error as Error).message);
      return;
    } finally {
      this.#isInDoubt = false;
    }
    if (this.#closed) return;
    const etag = answer.changed?.etag;
    const hasNewTag = etag !== undefined && this.#known !== undefined;
    this.#newTags = hasNewTag ? this.#newTags + 1 : 0;
    const isBack = this.#isUp();
    const hasOthers = next && this.#learn(next, etag);
    if (hasOthers) this.#onChange("methods");
    else if (isBack) this.#onChange("state");
  }

  #isDown(message: string): void {
    const reason = message.slice(0, MAX_REASON_LENGTH);
    const isNews = this.#state === "up" || reason !== this.#reason;
    this.#state = "down";
    this.#reason = reason;
    if (!isNews) return;
    this.#log.warn({ url: this.url, reason }, "handler service down");
    this.#onChange("state");
  }

  /** Returns whether it was down. */
  #isUp(): boolean {
    if (this.#state === "up") return false;
    this.#state = "up";
    this.#reason = undefined;
    this.#log.info({ url: this.url }, "handler service up");
    return true;
  }

  /** Returns whether its methods changed. */
  #learn(next: ReturnType<typeof readMethods>, etag: string | undefined): boolean {
    const before = this.#known;
    if (before && isDeepStrictEqual(before.contract, next.contract)) {
      before.etag = etag;
      return false;
    }
    this.#known = { ...next, etag };
    if (before) {
      const changes = contractChanges(before.contract, next.contract);
      this.#log.info({ url: this.url, ...changes }, "contract of a handler service changed");
    }
    return true;
  }
}

const NONE = new Registry();

/** An entity tag for comparison: compressing proxies make a strong tag weak. */
function opaque(etag: string | undefined): string | undefined {
  return etag?.replace(/^W\//, "");
}

function contractChanges(before: Contract, now: Contract): Record<string, string[]> {
  const old = byName(before);
  const added = now.methods.filter(({ name }) => !old.has(name));
  const changed = now.methods.filter((method) => {
    const known = old.get(method.name);
    return known && !isDeepStrictEqual(known, method);
  });
  const left = byName(now);
  const removed = before.methods.filter(({ name }) => !left.has(name));
  return { added: names(added), removed: names(removed), changed: names(changed) };
}

function byName({ methods }: Contract): Map<string, ContractMethod> {
  return new Map(methods.map((method) => [method.name, method]));
}

function names(methods: readonly ContractMethod[]): string[] {
  const first = methods.slice(0, MAX_LOGGED_NAMES).map(({ name }) => name);
  const more = methods.length - first.length;
  return more > 0 ? [...first, `and ${more} more`] : first;
}
