import { errorOfCentrifugo } from "../protocol/centrifugo-errors.js";
import { within } from "../protocol/deadline.js";
import {
  callEnvelope,
  CANCEL_METHOD,
  PROTOCOL_VERSION,
  readReply,
  type TraceContext,
} from "../protocol/envelope.js";
import { RPCError } from "../protocol/rpc-error.js";
import { uuidv7 } from "../protocol/uuid.js";
import { Deferred } from "./deferred.js";
import { checkSize } from "./message-size.js";
import { pause } from "./pause.js";
import type { Connected } from "./session.js";
import { NO_ANSWER, type TransportError } from "./transport.js";

/** Centrifugo's error when the gateway did not reply in time. Lower codes are the transport's. */
const INTERNAL_SERVER_ERROR = 100;

/** One call to make. */
export interface OutgoingCall {
  readonly method: string;
  readonly params: unknown;
  /** How long the call may take, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly trace: TraceContext | undefined;
}

/** A call that has not ended. */
class PendingCall extends Deferred<unknown> {
  readonly id = uuidv7();
  readonly outgoing: OutgoingCall;
  readonly deadline: number;
  /** How often the call was sent: from the first time on, the server may have run it. */
  attempts = 0;
  /** The gateway's epoch before the first sending. */
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
    if (!call || "pending" in reply) return true;
    if ("error" in reply) this.#fail(call, RPCError.fromWire(reply.error));
    else call.resolve(reply.result);
    return true;
  }

  /** The connection is lost: calls that were sent are sent again, or end if the gateway forgets. */
  lost(): void {
    for (const call of this.#pending.values()) {
      if (call.attempts === 0) continue;
      if (call.kept) void this.#send(call);
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

  async #send(call: PendingCall): Promise<void> {
    try {
      const { transport, hello } = await this.#connected();
      if (!this.#pending.has(call.id)) return;
      const { method, params, trace } = call.outgoing;
      call.epoch ??= hello.epoch;
      const envelope = callEnvelope({
        correlation_id: call.id,
        params,
        timeout_ms: Math.max(1, Math.floor(call.deadline - performance.now())),
        attempt: call.attempts + 1,
        epoch: call.epoch,
        trace,
      });
      checkSize(method, envelope, hello.max_message_bytes);
      call.attempts++;
      call.kept = hello.keeps_calls === true;
      const reply = await transport.rpc(method, envelope);
      if (!this.receive(reply)) throw RPCError.of("internal", "the reply is malformed");
    } catch (error) {
      this.#onError(call, error as RPCError | TransportError);
    }
  }

  #onError(call: PendingCall, error: RPCError | TransportError): void {
    const { code, message } = error;
    if (error instanceof RPCError) return this.#fail(call, error);
    // The reply may be published on the user's channel: the call's own deadline ends it.
    if (code === NO_ANSWER) return;
    if (code > INTERNAL_SERVER_ERROR || !call.kept) {
      const lost = code < INTERNAL_SERVER_ERROR;
      return this.#fail(
        call,
        lost ? RPCError.of("outcome_unknown") : errorOfCentrifugo(code, message),
      );
    }
    // After a loss of the connection, see `lost`.
    if (code === INTERNAL_SERVER_ERROR) {
      void pause(call.attempts - 1).then(() => this.#send(call));
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

  /** Tells the gateway to stop the handler, which may run on after a loss of the connection. */
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

function timeUp({ attempts }: PendingCall, timeout: number): RPCError {
  return attempts > 0
    ? RPCError.of("deadline_exceeded", `the call was sent, but no reply came within ${timeout} ms`)
    : RPCError.of("unavailable", `no connection within ${timeout} ms: the call was not sent`);
}
