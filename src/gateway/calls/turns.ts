import { jsonBytes } from "./sendable.js";

/** How many calls of a user may wait, and how large their params may be together. */
const MAX_WAITING_CALLS = 1000;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** A call's turn to run. */
export interface Turn {
  /** Resolves when the call may run; undefined if it may run now. */
  readonly ready: Promise<void> | undefined;
  /** Another call may run. Only the first time counts. */
  end(): void;
}

interface WaitingCall {
  readonly bytes: number;
  start(): void;
}

interface User {
  running: number;
  waitingBytes: number;
  /** The oldest first. */
  readonly waiting: Set<WaitingCall>;
}

/** Lets some calls of each user run at the same time; further ones wait for their turn. */
export class Turns {
  readonly #limit: number;
  readonly #users = new Map<string, User>();

  /** @param limit how many calls of a user may run at the same time */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a turn; undefined if too many calls of the user wait. */
  take(userId: string, params: unknown): Turn | undefined {
    const user = this.#users.get(userId) ?? { running: 0, waitingBytes: 0, waiting: new Set() };
    if (user.running < this.#limit) {
      user.running++;
      this.#users.set(userId, user);
      return { ready: undefined, end: once(() => this.#end(userId, user)) };
    }
    const size = jsonBytes(params ?? null);
    const bytes = typeof size === "number" ? size : 0;
    const isTooMuch = user.waitingBytes + bytes > MAX_WAITING_BYTES;
    return isTooMuch || user.waiting.size >= MAX_WAITING_CALLS
      ? undefined
      : this.#wait(userId, user, bytes);
  }

  #wait(userId: string, user: User, bytes: number): Turn {
    let start!: () => void;
    const ready = new Promise<void>((resolve) => (start = resolve));
    const call: WaitingCall = { bytes, start };
    user.waiting.add(call);
    user.waitingBytes += bytes;
    return {
      ready,
      end: once(() => {
        if (user.waiting.delete(call)) user.waitingBytes -= bytes;
        else this.#end(userId, user);
      }),
    };
  }

  #end(userId: string, user: User): void {
    const [next] = user.waiting;
    if (next) {
      user.waiting.delete(next);
      user.waitingBytes -= next.bytes;
      next.start();
    } else if (--user.running === 0) {
      this.#users.delete(userId);
    }
  }
}

function once(run: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    run();
  };
}
