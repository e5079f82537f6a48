import { jsonBytes } from "./sendable.js";

/** How many calls of a user may wait, and how large their params may be together. */
const MAX_WAITING_CALLS = 1000;
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** Of all users together. */
const MAX_ALL_WAITING_CALLS = 20_000;
const MAX_ALL_WAITING_BYTES = 64 * 1024 * 1024;

/** The weight of the latest call in the average time of a user's calls. */
const LATEST = 0.1;

/** A call's turn to run. */
export interface Turn {
  /** Resolves when the call may run; undefined if it may run now. */
  readonly ready: Promise<void> | undefined;
  /** Another call may run. Only the first time counts. */
  end(): void;
}

/** Why a call gets no turn. */
export interface Refusal {
  readonly reason: string;
  /** Whether the limit of all users is reached, not only the limit of this one. */
  readonly overloaded: boolean;
  /** When there will probably be a turn, in milliseconds; 0 if not known. */
  readonly waitMs: number;
}

export interface TurnLimits {
  /** How many calls may run at the same time. */
  readonly all: number;
  /** How many calls of one user. */
  readonly perUser: number;
}

interface WaitingCall {
  readonly bytes: number;
  start(): void;
}

interface User {
  readonly id: string;
  running: number;
  waitingBytes: number;
  /** The average time of a call from its turn to its end, in milliseconds; 0 if not known yet. */
  averageMs: number;
  /** The oldest first. */
  readonly waiting: Set<WaitingCall>;
}

/**
 * Lets some calls run at the same time; further ones wait for their turn. Users take turns, so that
 * one with many calls does not delay those of the others.
 */
export class Turns {
  readonly #limits: TurnLimits;
  readonly #users = new Map<string, User>();
  /** The users with waiting calls that their own limit allows, the one whose turn is next first. */
  readonly #next = new Set<User>();
  #running = 0;
  #waiting = 0;
  #waitingBytes = 0;

  constructor(limits: TurnLimits) {
    this.#limits = limits;
  }

  /** @param timeoutMs how long the call may take; it is refused if it would wait for more than half. */
  take(userId: string, params: unknown, timeoutMs: number): Turn | Refusal {
    const user = this.#users.get(userId) ?? newUser(userId);
    if (user.running < this.#limits.perUser && this.#running < this.#limits.all) {
      this.#users.set(userId, user);
      return { ready: undefined, end: this.#start(user) };
    }
    const size = jsonBytes(params ?? null);
    const bytes = typeof size === "number" ? size : 0;
    const refusal = this.#refusal(user, bytes, timeoutMs);
    return refusal ?? this.#wait(user, bytes);
  }

  #refusal(user: User, bytes: number, timeoutMs: number): Refusal | undefined {
    const waitMs = this.#waitOf(user);
    if (
      this.#waiting >= MAX_ALL_WAITING_CALLS ||
      this.#waitingBytes + bytes > MAX_ALL_WAITING_BYTES
    ) {
      return { reason: "the gateway has too many calls", overloaded: true, waitMs };
    }
    const isTooMuch =
      user.waiting.size >= MAX_WAITING_CALLS ||
      user.waitingBytes + bytes > MAX_WAITING_BYTES ||
      waitMs > timeoutMs / 2;
    if (!isTooMuch) return undefined;
    const reason = `this user has ${user.running} running calls and too many that wait`;
    return { reason, overloaded: false, waitMs };
  }

  /** How long the next call of a user will probably wait, in milliseconds. */
  #waitOf(user: User): number {
    const share = Math.min(this.#limits.perUser, this.#limits.all / Math.max(1, this.#next.size));
    return (user.averageMs * user.waiting.size) / share;
  }

  #wait(user: User, bytes: number): Turn {
    let resolve!: () => void;
    const ready = new Promise<void>((run) => (resolve = run));
    let end = (): void => undefined;
    const call: WaitingCall = {
      bytes,
      start: () => {
        end = this.#start(user);
        resolve();
      },
    };
    this.#users.set(user.id, user);
    user.waiting.add(call);
    user.waitingBytes += bytes;
    this.#waiting++;
    this.#waitingBytes += bytes;
    if (user.running < this.#limits.perUser) this.#next.add(user);
    return {
      ready,
      end: () => {
        if (!user.waiting.has(call)) return end();
        this.#leave(user, call);
        if (user.waiting.size === 0) this.#next.delete(user);
        this.#forgetIdle(user);
      },
    };
  }

  /** Begins a turn. Returns the function that ends it. */
  #start(user: User): () => void {
    this.#running++;
    user.running++;
    const startedAt = performance.now();
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      this.#running--;
      user.running--;
      const ms = performance.now() - startedAt;
      user.averageMs = user.averageMs === 0 ? ms : user.averageMs * (1 - LATEST) + ms * LATEST;
      if (user.waiting.size > 0) this.#next.add(user);
      this.#startNext();
      this.#forgetIdle(user);
    };
  }

  #startNext(): void {
    for (const user of this.#next) {
      if (this.#running >= this.#limits.all) return;
      const [call] = user.waiting;
      this.#next.delete(user);
      if (!call) continue;
      this.#leave(user, call);
      call.start();
      if (user.waiting.size > 0 && user.running < this.#limits.perUser) this.#next.add(user);
    }
  }

  /** Removes a call from the waiting ones. */
  #leave(user: User, call: WaitingCall): void {
    user.waiting.delete(call);
    user.waitingBytes -= call.bytes;
    this.#waiting--;
    this.#waitingBytes -= call.bytes;
  }

  #forgetIdle(user: User): void {
    if (user.running === 0 && user.waiting.size === 0) this.#users.delete(user.id);
  }
}

function newUser(id: string): User {
  return { id, running: 0, waitingBytes: 0, averageMs: 0, waiting: new Set() };
}
