import { trace } from "@opentelemetry/api";
import { z } from "zod";
import {
  buildContract,
  type ConnectionContext,
  type Contract,
  type Methods,
  Registry,
  RPCError,
  websocketRpc,
} from "centrifugo-rpc";

/** The methods of the suite, and what happened in them. */
export interface SuiteHandlers {
  readonly methods: Methods;
  readonly contract: () => Contract;
  readonly events: EventLog;
  close(): Promise<void>;
}

/** The handlers in the gateway's own process. */
export async function startHandlers(): Promise<SuiteHandlers> {
  const registry = new Registry();
  const any = z.record(z.string(), z.unknown());
  /** Correlation IDs of calls of `slow.*`, by what happened to them. */
  const events = new EventLog();

  const method = (
    name: string,
    run: (
      conn: ConnectionContext,
      params: Record<string, unknown>,
    ) => Promise<Record<string, unknown>>,
  ) => websocketRpc(name, { params: any, result: any, registry })(run);

  websocketRpc("math.add", {
    params: z.object({ a: z.int(), b: z.int() }),
    result: z.object({ sum: z.int() }),
    registry,
  })(async (_conn, { a, b }) => ({ sum: a + b }));

  websocketRpc("fail.result", {
    params: z.object({}),
    result: z.object({ count: z.int() }),
    registry,
  })(async () => ({ count: 1.5 }));

  method("echo", async (_conn, params) => params);
  method("who_am_i", async ({ userId, transport, meta, method }) => ({
    userId,
    transport,
    meta,
    method,
  }));
  method("trace.active", async (_conn, params) => {
    // What is active must still be so after the handler has waited.
    if (params["slowly"]) await events.next("released", String(params["key"]));
    return { ...trace.getActiveSpan()?.spanContext() };
  });
  method("fail.application", async () => {
    throw new RPCError(1001, "quota used up", { limit: 10 });
  });
  method("fail.unexpected", async () => {
    throw new Error("secret: the database password");
  });
  // Ends when the suite releases it, or when the call is aborted.
  method("slow.held", async (conn, params) => {
    events.add("started", String(params["key"]));
    const released = events.next("released", String(params["key"]));
    const aborted = new Promise<"aborted">((resolve) => {
      conn.signal.addEventListener("abort", () => resolve("aborted"));
    });
    if ((await Promise.race([released, aborted])) === "aborted") {
      events.add("aborted", String(params["key"]));
      conn.signal.throwIfAborted();
    }
    if (params["fail"]) throw new RPCError(1002, "late failure");
    return { key: params["key"] };
  });
  const contract = buildContract(registry);
  return { methods: registry, contract: () => contract, events, close: async () => undefined };
}

/** Events by name and key that can be awaited, also when they have happened already. */
export class EventLog {
  /** How often each event has happened. */
  readonly #happened = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  add(name: string, key: string): void {
    const event = `${name} ${key}`;
    this.#happened.set(event, (this.#happened.get(event) ?? 0) + 1);
    for (const resolve of this.#waiting.get(event) ?? []) resolve();
  }

  has(name: string, key: string): boolean {
    return this.#happened.has(`${name} ${key}`);
  }

  count(name: string, key: string): number {
    return this.#happened.get(`${name} ${key}`) ?? 0;
  }

  async next(name: string, key: string): Promise<void> {
    const event = `${name} ${key}`;
    if (this.#happened.has(event)) return;
    await new Promise<void>((resolve) => {
      this.#waiting.set(event, [...(this.#waiting.get(event) ?? []), resolve]);
    });
  }
}
