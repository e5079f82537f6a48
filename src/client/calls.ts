import { errorOfCentrifugo } from "../protocol/centrifugo-errors.js";
import { within } from "../protocol/deadline.js";
import {
  callEnvelope,
  CALLS_METHOD,
  CANCEL_METHOD,
  PROTOCOL_VERSION,
  readReply,
  readSendAgain,
  type TraceContext,
} from "../protocol/envelope.js";
import { isObject } from "../protocol/json.js";
import { RPCError } from "../protocol/rpc-error.js";
import { uuidv7 } from "../protocol/uuid.js";
import { Deferred } from "./deferred.js";
import { checkSize } from "./message-size.js";
import { backOff, pause, sleep } from "./pause.js";
import type { Connected } from "./session.js";
import { NO_ANSWER, type TransportError } from "./transport.js";

/** Centrifugo's error when the gateway did not reply in time. Lower codes are the transport's. */
const INTERNAL_SERVER_ERROR = 100;

/** How often the gateway is asked about pending calls, on average, in milliseconds. */
const WATCH_INTERVAL_MS = 2000;

/** The most calls of one {@link CALLS_METHOD}. */
const MAX_WATCHED = 100;

/** The time over which waiting calls are sent again: per call, and at most, in milliseconds. */
const SPREAD_MS = 2;
const MAX_SPREAD_MS = 2000;

/** One call to make. */
export interface OutgoingCall {
  readonly method: string;
  readonly params: unknown;
  /** How long the call may take, in milliseconds. */
  readonly timeout: number;
  /** Whether the call is sent again if the server refuses to run it. */
  readonly retry: boolean;
  readonly idempotencyKey: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly trace: TraceContext | undefined;
}

/** A call that has not ended. */
class PendingCall extends Deferred<unknown> {
  readonly id = uuidv7();
  readonly outgoing: OutgoingCall;
  readonly deadline: number;
  /** Not on its way; sent, without a reply to the command; or answered with `pending`. */
  state: "waiting" | "sent" | "pending" = "waiting";
  /** How often the call was sent and not refused: if it was, the server may have run it. */
  attempts = 0;
  /** The number of the latest sending: errors of older ones do not count. */
  sendings = 0;
  /** How often the server refused to run it. */
  refusals = 0;
  refusal: RPCError | undefined;
  /** The gateway's epoch before the first of the attempts. */
  epoch: string | undefined;
  /** Whether the call may be sent again: the gateway keeps calls. */
  kept = false;

  constructor(outgoing: OutgoingCall) {
    super();
    this.outgoing = outgoing;
    this.deadline = performance.now() + outgoing.timeout;
  }
}

/** The calls that have not ended, by correlation ID. Each call ends exactly once. */
export class Calls {
  readonly #pending = new Map<string, PendingCall>();
  /** How many pending calls have a signal: a signal has one listener, whatever their number. */
  readonly #signals = new Map<AbortSignal, number>();
  readonly #connected: () => Promise<Connected>;
  #watching = false;

  /** @param connected waits until calls can be made, or rejects with an RPCError */
  constructor(connected: () => Promise<Connected>) {
    this.#connected = connected;
  }

  /** Whether calls wait for their ends. */
  get waiting(): boolean {
    return this.#pending.size > 0;
  }

  /** @throws RPCError */
  async call(outgoing: OutgoingCall): Promise<unknown> {
    const { timeout, signal } = outgoing;
    const call = new PendingCall(outgoing);
    if (signal) this.#listen(signal, 1);
    this.#pending.set(call.id, call);
    try {
      if (signal?.aborted) this.#cancel(call, signal.reason);
      void this.#send(call);
      // When the machine wakes from sleep, the overdue timer runs before a reply that is already in
      // the socket is read: one more turn of the event loop lets the reply win.
      return await within(timeout, call.promise, () =>
        within(0, call.promise, () => {
          throw timeUp(call, timeout);
        }),
      );
    } catch (error) {
      if (error instanceof RPCError) error.correlationId = call.id;
      throw error;
    } finally {
      this.#pending.delete(call.id);
      if (signal) this.#listen(signal, -1);
    }
  }

  /** Ends the call that `data` replies to. Returns `false` if `data` is not a reply. */
  receive(data: unknown): boolean {
    const reply = readReply(data);
    if (!reply) return false;
    const call = this.#pending.get(reply.correlation_id);
    if (!call) return true;
    if ("error" in reply) this.#refuse(call, RPCError.fromWire(reply.error));
    else if ("result" in reply) call.resolve(reply.result);
    else if (call.state === "sent") void this.#watch(call);
    return true;
  }

  /** After a lost connection: sends the sent calls again, or ends them if the gateway does not keep calls. */
  lost(): void {
    for (const call of this.#pending.values()) {
      if (call.state === "waiting") continue;
      if (call.kept) void this.#sendAgain(call);
      else this.#fail(call, RPCError.of("outcome_unknown"));
    }
  }

  /** Ends every call for which `error` returns one; `sent` calls may have run on the server. */
  fail(error: (sent: boolean) => RPCError | undefined): void {
    for (const call of this.#pending.values()) this.#fail(call, error(call.attempts > 0));
  }

  #fail(call: PendingCall, error: RPCError | undefined): void {
    if (!error) return;
    this.#pending.delete(call.id); // so that it is not sent anymore
    call.reject(error);
  }

  /** Ends a call with an error of the server, or sends it again later if the call was not run. */
  #refuse(call: PendingCall, error: RPCError): void {
    const wait = backOff(call.refusals, retryAfter(error));
    const isInTime = performance.now() + wait < call.deadline;
    if (!error.retryable || !call.outgoing.retry || !isInTime) {
      // It is not known whether an earlier attempt has run.
      const isKnown = !error.retryable || call.attempts === 1;
      return this.#fail(call, isKnown ? error : outcomeUnknown(error));
    }
    call.refusal = error;
    call.refusals++;
    call.attempts--;
    // With no other attempt, it does not matter what the gateway has forgotten.
    if (call.attempts === 0) call.epoch = undefined;
    void this.#send(call, sleep(wait));
  }

  /** Sends a call again after a random time, so that not all calls are sent at the same moment. */
  #sendAgain(call: PendingCall): Promise<void> {
    const spread = Math.min(SPREAD_MS * this.#pending.size, MAX_SPREAD_MS);
    return this.#send(
      call,
      this.#connected().then(() => sleep(spread * Math.random())),
    );
  }

  async #send(call: PendingCall, wait?: Promise<void>): Promise<void> {
    const sending = ++call.sendings;
    call.state = "waiting";
    try {
      await wait;
      const { transport, hello } = await this.#connected();
      if (!this.#pending.has(call.id) || call.sendings !== sending) return;
      // This is not the gateway to which the call was sent.
      if (call.attempts > 0 && !hello.keeps_calls) throw RPCError.of("outcome_unknown");
      const { method, params, trace, idempotencyKey } = call.outgoing;
      call.epoch ??= hello.epoch;
      const envelope = callEnvelope({
        correlation_id: call.id,
        params,
        timeout_ms: Math.max(1, Math.floor(call.deadline - performance.now())),
        attempt: call.attempts + 1,
        epoch: call.epoch,
        idempotency_key: idempotencyKey,
        trace,
      });
      checkSize(method, envelope, hello.max_message_bytes);
      call.attempts++;
      call.kept = hello.keeps_calls === true;
      call.state = "sent";
      const reply = await transport.rpc(method, envelope);
      if (!this.receive(reply)) throw RPCError.of("internal", "the reply is malformed");
    } catch (error) {
      if (call.sendings === sending) this.#onError(call, error as RPCError | TransportError);
    }
  }

  #onError(call: PendingCall, error: RPCError | TransportError): void {
    const { code, message } = error;
    if (error instanceof RPCError) return this.#fail(call, error);
    // The reply may be published on the user's channel: the call's own deadline ends it.
    if (code === NO_ANSWER) return;
    if (code > INTERNAL_SERVER_ERROR || (code === INTERNAL_SERVER_ERROR && !call.kept)) {
      this.#refuse(call, errorOfCentrifugo(code, message));
    } else if (code === INTERNAL_SERVER_ERROR) {
      void this.#send(call, pause(call.attempts - 1));
    } else if (!call.kept) {
      this.#fail(call, RPCError.of("outcome_unknown"));
    }
    // Otherwise the connection is lost: see `lost`.
  }

  /** While calls are pending, asks which of them no gateway runs any more. */
  async #watch(call: PendingCall): Promise<void> {
    call.state = "pending";
    if (this.#watching || !call.kept) return;
    this.#watching = true;
    for (;;) {
      await sleep(WATCH_INTERVAL_MS * (0.8 + 0.4 * Math.random()));
      const ids = [...this.#pending.values()]
        .filter(({ state, kept }) => state === "pending" && kept)
        .map(({ id }) => id);
      if (ids.length === 0) break;
      while (ids.length > 0) void this.#ask(ids.splice(0, MAX_WATCHED));
    }
    this.#watching = false;
  }

  async #ask(ids: string[]): Promise<void> {
    const data = { $rpc: PROTOCOL_VERSION, correlation_ids: ids };
    try {
      const { transport } = await this.#connected();
      for (const id of readSendAgain(await transport.rpc(CALLS_METHOD, data))) {
        const call = this.#pending.get(id);
        if (call?.state === "pending") void this.#sendAgain(call);
      }
    } catch {
      // The next round asks again.
    }
  }

  /** @param calls how many more of the pending calls have the signal */
  #listen(signal: AbortSignal, calls: number): void {
    const count = (this.#signals.get(signal) ?? 0) + calls;
    if (count > 0) {
      signal.addEventListener("abort", this.#onAbort); // once, however often it is added
      this.#signals.set(signal, count);
    } else {
      signal.removeEventListener("abort", this.#onAbort);
      this.#signals.delete(signal);
    }
  }

  readonly #onAbort = ({ target }: Event): void => {
    const signal = target as AbortSignal;
    for (const call of this.#pending.values()) {
      if (call.outgoing.signal === signal) this.#cancel(call, signal.reason);
    }
  };

  #cancel(call: PendingCall, reason: unknown): void {
    if (call.attempts > 0) void this.#sendCancel(call);
    this.#fail(call, RPCError.of("cancelled", undefined, undefined, { cause: reason }));
  }

  /** Asks the gateway to stop the handler, which may still run after the loss of a connection. */
  async #sendCancel({ id, deadline }: PendingCall): Promise<void> {
    const data = { $rpc: PROTOCOL_VERSION, correlation_id: id };
    for (let attempt = 0; performance.now() < deadline; attempt++) {
      try {
        const { transport } = await this.#connected();
        await transport.rpc(CANCEL_METHOD, data);
        return;
      } catch (error) {
        if (error instanceof RPCError) return; // The connection is closed for good.
        if ((error as TransportError).code > INTERNAL_SERVER_ERROR) return;
      }
      await pause(attempt);
    }
  }
}

function outcomeUnknown(cause: RPCError): RPCError {
  const message = `an earlier sending may have run; the last one did not: ${cause.message}`;
  return RPCError.of("outcome_unknown", message, undefined, { cause });
}

function timeUp({ attempts, refusal }: PendingCall, timeout: number): RPCError {
  if (attempts > 0) {
    const message = `the call was sent, but no reply came within ${timeout} ms`;
    return RPCError.of("deadline_exceeded", message);
  }
  const message = `no connection within ${timeout} ms: the call was not sent`;
  return refusal ?? RPCError.of("unavailable", message);
}

/** How long the server asks to wait before the next attempt, in milliseconds. */
function retryAfter({ details }: RPCError): number {
  const ms = isObject(details) ? details["retry_after_ms"] : undefined;
  return typeof ms === "number" ? ms : 0;
}
