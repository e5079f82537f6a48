import { onTestFinished, vi } from "vitest";
import { Deferred } from "../deferred.js";
import { CentrifugoRPCClient, type Transport, type TransportEvents } from "../index.js";

/** A call's envelope, and how the test answers it. */
export interface SentCall extends Deferred<unknown> {
  readonly method: string;
  readonly data: Envelope;
  /** Answers with `result`, `error` or `pending`. */
  reply(body: object): void;
  /** Answers with an error of Centrifugo. */
  refuse(code: number, message?: string): void;
}

interface Envelope {
  correlation_id: string;
  correlation_ids: string[];
  attempt: number;
  epoch: string;
  timeout_ms: number;
  idempotency_key?: string;
}

/**
 * A connection in the hands of the test, with fake timers. Commands other than `$rpc.hello` wait in
 * `sent` until the test answers them.
 */
export class ScriptedTransport implements Transport {
  readonly sent: SentCall[] = [];
  hello: object = {
    $rpc: 1,
    versions: [1],
    epoch: "e1",
    max_message_bytes: 1000,
    keeps_calls: true,
  };
  readonly #events: TransportEvents;

  constructor(events: TransportEvents) {
    this.#events = events;
  }

  async connect(): Promise<void> {
    this.#events.connected();
  }

  rpc(method: string, data: unknown): Promise<unknown> {
    if (method === "$rpc.hello") return Promise.resolve(this.hello);
    const call = Object.assign(new Deferred<unknown>(), {
      method,
      data: data as Envelope,
      reply: (body: object) => call.resolve(this.#reply(call, body)),
      refuse: (code: number, message = "") => call.reject({ code, message }),
    });
    this.sent.push(call);
    return call.promise;
  }

  subscribe(): Promise<void> {
    return Promise.resolve();
  }

  unsubscribe(): void {}

  close(): void {}

  /** Returns the commands that were sent since the last time. */
  take(): SentCall[] {
    return this.sent.splice(0);
  }

  /** Publishes the reply to a call on the user's channel. */
  publish(call: SentCall, body: object): void {
    this.#events.publication("user#42", { data: this.#reply(call, body), tags: {} });
  }

  /** Loses the connection: commands without an answer fail. */
  lose(...unanswered: SentCall[]): void {
    this.#events.lost();
    for (const call of unanswered) call.refuse(2, "transport closed");
  }

  /** Connects again; the gateway has this epoch. */
  reconnect(changes: object = {}): void {
    this.hello = { ...this.hello, ...changes };
    this.#events.connected();
  }

  #reply(call: SentCall, body: object): object {
    return { $rpc: 1, correlation_id: call.data.correlation_id, ...body };
  }
}

/** A client that is connected over a {@link ScriptedTransport}, with fake timers. */
export async function connectScripted(hello: object = {}) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let transport!: ScriptedTransport;
  const client = new CentrifugoRPCClient("test:", "token", "42", {
    transport: (_target, events) => {
      transport = new ScriptedTransport(events);
      transport.hello = { ...transport.hello, ...hello };
      return transport;
    },
  });
  await client.connect();
  onTestFinished(() => client.disconnect());
  return { client, transport };
}
