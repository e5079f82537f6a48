import { RPCError, type ReplyBody } from "../../protocol/index.js";

/** One call from the moment it is accepted until it has its reply. */
export interface RunningCall {
  /** The call's end. Never rejects. */
  readonly reply: Promise<ReplyBody>;
  /** Tells the handler to stop and ends the call with `error`; nothing when it has ended. */
  abort(error: RPCError): void;
  /** Runs `deliver` with the reply once it is there; only the first of several calls counts. */
  deferTo(deliver: (reply: ReplyBody) => void): void;
}

/**
 * Starts a call that ends with what `run` gives or throws, with its deadline, or with an abort,
 * whichever comes first: a handler that ignores its signal cannot keep the caller waiting.
 */
export function startCall(
  timeoutMs: number,
  run: (signal: AbortSignal, deadline: Date) => Promise<ReplyBody>,
): RunningCall {
  const controller = new AbortController();
  const abort = (error: RPCError): void => controller.abort(error);
  const timer = setTimeout(() => abort(RPCError.of("deadline_exceeded")), timeoutMs);
  const aborted = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason as RPCError));
  });
  const reply = Promise.race([
    run(controller.signal, new Date(Date.now() + timeoutMs)),
    aborted,
  ]).catch(errorBody);
  void reply.then(() => clearTimeout(timer));

  let deferred = false;
  return {
    reply,
    abort,
    deferTo(deliver) {
      if (deferred) return;
      deferred = true;
      void reply.then(deliver);
    },
  };
}

function errorBody(error: unknown): ReplyBody {
  return { error: RPCError.from(error).toWire() };
}
