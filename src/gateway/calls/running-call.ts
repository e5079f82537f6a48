import { neverStarted } from "../../handlers/index.js";
import { RPCError, type ReplyBody } from "../../protocol/index.js";

/** One call from the moment it is accepted until it has its reply. */
export interface RunningCall {
  /** The call's end. Never rejects. */
  readonly reply: Promise<ReplyBody>;
  /** Aborts the handler's signal and ends the call with `error`, unless it has ended. */
  abort(error: RPCError): void;
  /** Whether its handler may have started. */
  hasBegun(): boolean;
}

/** Runs a call; it calls `begin` when it is certain that this gateway runs it. */
export type RunCall = (
  signal: AbortSignal,
  deadline: Date,
  begin: () => void,
) => Promise<ReplyBody>;

/**
 * Starts a call that ends with what `run` returns or throws, with its deadline, or with an abort,
 * whichever comes first: a handler that ignores its signal cannot keep the caller waiting.
 */
export function startCall(timeoutMs: number, run: RunCall): RunningCall {
  const controller = new AbortController();
  const abort = (error: RPCError): void => controller.abort(error);
  const end = performance.now() + timeoutMs;
  let begun = false;
  const timeIsUp = (): RPCError => (begun ? RPCError.of("deadline_exceeded") : neverStarted());
  const timer = setTimeout(() => abort(timeIsUp()), timeoutMs);
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason as RPCError));
  });
  const deadline = new Date(Date.now() + timeoutMs);
  const running = run(controller.signal, deadline, () => (begun = true)).finally(() => {
    // The timer is late when the process is busy; the caller has given up all the same.
    if (performance.now() > end) abort(timeIsUp());
  });
  // The abort first: it counts if both have ended.
  const reply = Promise.race([aborted, running]).catch(errorBody);
  void reply.then(() => clearTimeout(timer));

  return { reply, abort, hasBegun: () => begun };
}

function errorBody(error: unknown): ReplyBody {
  return { error: RPCError.from(error).toWire() };
}
