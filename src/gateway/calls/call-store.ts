import { createHash } from "node:crypto";

/** A call that a gateway has received and may run. */
export interface CallClaim {
  /** Stands for one call of one user. */
  readonly key: string;
  /** The correlation ID under which the caller waits for the reply. */
  readonly correlationId: string;
  /** The method and the params, from {@link fingerprintOf}. */
  readonly fingerprint: string;
  /** 1 for the first sending. */
  readonly attempt: number;
  /** The store's epoch before the first sending, if the client sent it. */
  readonly epoch: string | undefined;
  /** Whether the handler may be called twice: the method allows it, or the handler remembers calls. */
  readonly idempotent: boolean;
  /** How long the store remembers the call, in milliseconds: longer than it can be sent again. */
  readonly keepMs: number;
}

/** The answer to a {@link CallClaim}. */
export type ClaimOutcome =
  /**
   * The gateway must run the call and end it with this token. `mayHaveRun` is set only if the
   * call is idempotent and may have run before.
   */
  | { readonly state: "claimed"; readonly token: string; readonly mayHaveRun?: true }
  /** Another gateway runs it and publishes the reply on the user's channel. */
  | { readonly state: "running" }
  /** It has run: its reply as JSON text, or undefined if the store did not keep it. */
  | { readonly state: "ended"; readonly reply: string | undefined }
  /** It may have run: its gateway is gone, or the store has forgotten what it knew. */
  | { readonly state: "lost" }
  /** The key belongs to a call with another method or other params. */
  | { readonly state: "mismatch" };

/** What the gateway must do with the reply of a call that it ended. */
export interface EndOutcome {
  /** Whether the call was taken over meanwhile: this reply must not be published. */
  readonly takenOver: boolean;
  /** The correlation IDs for which other gateways promised that the reply is published. */
  readonly awaited: readonly string[];
}

/** The reply is valid, and no other gateway waits for it. */
export const ENDED: EndOutcome = { takenOver: false, awaited: [] };

/**
 * Remembers running and ended calls, so that a call that is sent again does not run again. Memory for one gateway, Redis for several; docs/reliability.md has the decisions.
 */
export interface CallStore {
  /** Changes whenever the store may have forgotten a call. */
  epoch(): string;
  /** @throws if the store cannot be reached: the call was not claimed, or {@link forget} undoes it. */
  claim(call: CallClaim): ClaimOutcome | Promise<ClaimOutcome>;
  /**
   * Ends a call that this gateway has claimed.
   *
   * @param reply its reply as JSON text.
   */
  end(call: CallClaim, token: string, reply: string): EndOutcome | Promise<EndOutcome>;
  /** Forgets a call that was claimed but has not run. */
  forget(call: CallClaim, token: string): EndOutcome | Promise<EndOutcome>;
  /** Whether other gateways run these calls. */
  areRunning(keys: readonly string[]): readonly boolean[] | Promise<readonly boolean[]>;
  /** Asks the gateway that runs the call to stop it. Returns `false` if no other gateway runs it. */
  cancel(key: string): boolean | Promise<boolean>;
  /** Calls `listener` with the key of each call that another gateway cancels. */
  onCancel(listener: (key: string) => void): void;
  /** Ends the connection to the store. Close the gateway first: it still ends its calls. */
  close(): Promise<void>;
}

/**
 * Whether a call that the store does not know may have run before.
 *
 * @param epoch the store's; undefined if it may forget calls at any time.
 */
export function unknownMayHaveRun(call: CallClaim, epoch: string | undefined): boolean {
  return call.attempt > 1 && (epoch === undefined || call.epoch !== epoch);
}

/** Short params are their own fingerprint: hashing them would cost more than keeping them. */
const LONGEST_FINGERPRINT = 128;

/** Identifies a method with its params. */
export function fingerprintOf(method: string, params: unknown): string {
  const text = JSON.stringify([method, params ?? {}]);
  if (text.length <= LONGEST_FINGERPRINT) return text;
  return createHash("sha256").update(text).digest("base64url");
}
