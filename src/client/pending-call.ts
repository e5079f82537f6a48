import { RPCError } from "../protocol/rpc-error.js";
import { uuidv7 } from "../protocol/uuid.js";
import { Deferred } from "./deferred.js";

/** A call from the moment it is made until it has ended, which it does exactly once. */
export class PendingCall {
  readonly id = uuidv7();
  /** Whether the call left this client, so that the server may have run it. */
  sent = false;

  readonly #outcome = new Deferred<unknown>();
  readonly #deadline: number;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #onEnd: (call: PendingCall) => void;
  #ended = false;

  constructor(timeoutMs: number, onEnd: (call: PendingCall) => void) {
    this.#deadline = performance.now() + timeoutMs;
    this.#onEnd = onEnd;
    this.#timer = setTimeout(() => {
      // After a sleep of the machine an overdue timer runs before the reply that is already in the
      // socket: let that win.
      setTimeout(() => this.fail(this.#timeUp(timeoutMs)), 0);
    }, timeoutMs);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The call's result. Rejects with an RPCError. */
  get outcome(): Promise<unknown> {
    return this.#outcome.promise;
  }

  /** The time left in whole milliseconds, at least 1. */
  get remainingMs(): number {
    return Math.max(1, Math.floor(this.#deadline - performance.now()));
  }

  succeed(result: unknown): void {
    if (this.#end()) this.#outcome.resolve(result);
  }

  fail(error: RPCError): void {
    if (this.#end()) this.#outcome.reject(error);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#onEnd(this);
    return true;
  }

  #timeUp(timeoutMs: number): RPCError {
    return this.sent
      ? RPCError.of("deadline_exceeded", `no reply within ${timeoutMs} ms`)
      : RPCError.of("unavailable", `no connection within ${timeoutMs} ms: the call was not sent`);
  }
}
