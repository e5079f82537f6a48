// Two gateways that share a store, with the balancer played by the test.
import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, websocketRpc } from "../../handlers/index.js";
import type { CallStore } from "./call-store.js";
import { createGateway, type Gateway } from "../gateway.js";

const request = (method: string, data: object): RpcProxyRequest => ({
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
  method,
  data: { $rpc: 1, ...data },
});
const call = (id: string, fields: object = {}) =>
  request("test.held", { correlation_id: id, params: {}, ...fields });

describe("the same correlation ID in two gateways", () => {
  it("runs the handler once, and gives both callers the reply", async () => {
    const { first, second, handlers, publications } = setUp();
    const reply = first.rpc(call("id-1"));
    await handlers.started;
    const again = await second.rpc(call("id-1", { attempt: 2 }));
    expect(again.result?.data).toEqual({ $rpc: 1, correlation_id: "id-1", pending: true });
    handlers.release();
    const data = { $rpc: 1, correlation_id: "id-1", result: { ok: true } };
    expect((await reply).result?.data).toEqual(data);
    await first.close();
    expect(publications).toEqual([{ channel: "user#42", data }]);
    expect(handlers.runs).toBe(1);
  });

  it("publishes one reply when the first answer was pending, too", async () => {
    const { first, second, handlers, publications } = setUp({ inlineTimeoutMs: 1 });
    for (const gateway of [first, second]) {
      expect((await gateway.rpc(call("id-1"))).result?.data).toMatchObject({ pending: true });
    }
    handlers.release();
    await Promise.all([first.close(), second.close()]);
    expect(publications).toHaveLength(1);
  });

  it("publishes one reply in the pub/sub form", async () => {
    const { first, second, handlers, publications } = setUp();
    const { data: _envelope, method, ...connection } = call("id-1");
    for (const gateway of [first, second]) {
      const data = { method, correlation_id: "id-1" };
      await gateway.publish({ ...connection, channel: "rpc.requests", data });
    }
    await handlers.started;
    handlers.release();
    await Promise.all([first.close(), second.close()]);
    expect(publications).toHaveLength(1);
    expect(handlers.runs).toBe(1);
  });

  it("is another call after the first has ended", async () => {
    const { first, second, handlers, store } = setUp();
    handlers.release();
    await first.rpc(call("id-1"));
    await expect.poll(() => store.claims.size).toBe(0);
    expect((await second.rpc(call("id-1"))).result?.data).toMatchObject({ result: { ok: true } });
    expect(handlers.runs).toBe(2);
  });
});

describe("cancelling through the other gateway", () => {
  it("aborts the handler's signal and ends the call", async () => {
    const { first, second, handlers } = setUp();
    const running = first.rpc(call("id-1"));
    await handlers.started;
    const cancelled = await second.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
    expect(cancelled.result?.data).toEqual({ $rpc: 1, cancelled: true });
    expect((await running).result?.data).toMatchObject({ error: { code: 499 } });
    expect(handlers.signal?.reason).toMatchObject({ code: 499 });
  });

  it("says so when no gateway runs the call, or another user's", async () => {
    const { first, second, handlers } = setUp();
    void first.rpc({ ...call("id-1"), user: "43" });
    await handlers.started;
    const cancelled = await second.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
    expect(cancelled.result?.data).toEqual({ $rpc: 1, cancelled: false });
    expect(handlers.signal?.aborted).toBe(false);
  });
});

describe("a store that cannot be reached", () => {
  it("ends calls with 503 and does not run them", async () => {
    const { first, store, handlers } = setUp();
    store.claim = () => Promise.reject(new Error("no Redis"));
    expect((await first.rpc(call("id-1"))).result?.data).toMatchObject({ error: { code: 503 } });
    expect(handlers.runs).toBe(0);
  });

  it("ends calls with 503 when it does not answer, and gives a late claim up", async () => {
    vi.useFakeTimers();
    try {
      const { first, store, handlers } = setUp();
      const claim = store.claim.bind(store);
      const late = new Promise((resolve) => setTimeout(resolve, 10_000));
      store.claim = async (key, ttlMs) => {
        await late;
        return await claim(key, ttlMs);
      };
      const reply = first.rpc(call("id-1", { timeout_ms: 2500 }));
      await vi.advanceTimersByTimeAsync(2000);
      expect((await reply).result?.data).toMatchObject({ error: { code: 503 } });
      await vi.advanceTimersByTimeAsync(10_000);
      expect(store.claims.size).toBe(0);
      expect(handlers.runs).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  it("ends a call with 408 that says that it did not run, if its time is up first", async () => {
    const { first, store, handlers } = setUp();
    store.claim = () => new Promise(() => undefined);
    const reply = await first.rpc(call("id-1", { timeout_ms: 20 }));
    expect(reply.result?.data).toMatchObject({
      error: {
        code: 408,
        message: expect.stringContaining("did not run"),
        details: { ran: false },
      },
    });
    expect(handlers.runs).toBe(0);
  });

  it("holds nobody up when it hangs: not a cancellation, and not the end of the gateway", async () => {
    vi.useFakeTimers();
    try {
      const { first, store, handlers } = setUp();
      const running = first.rpc(call("id-1"));
      await handlers.started;
      store.cancel = () => new Promise(() => undefined);
      store.release = () => new Promise(() => undefined);
      const cancelled = first.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
      expect((await running).result?.data).toMatchObject({ error: { code: 499 } });
      const closed = first.close();
      await vi.advanceTimersByTimeAsync(2000);
      expect((await cancelled).result?.data).toMatchObject({ cancelled: true });
      await closed;
    } finally {
      vi.useRealTimers();
    }
  });

  it("still cancels the calls of this gateway", async () => {
    const { first, store, handlers } = setUp();
    const running = first.rpc(call("id-1"));
    await handlers.started;
    store.cancel = () => Promise.reject(new Error("no Redis"));
    const cancelled = await first.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
    expect(cancelled.result?.data).toMatchObject({ cancelled: true });
    expect((await running).result?.data).toMatchObject({ error: { code: 499 } });
  });

  it("does not keep a reply back when the claim cannot be given up", async () => {
    const { first, store, handlers } = setUp();
    store.release = () => Promise.reject(new Error("no Redis"));
    handlers.release();
    expect((await first.rpc(call("id-1"))).result?.data).toMatchObject({ result: { ok: true } });
    await first.close();
  });
});

it("is not asked for plain calls: their ID is known to nobody", async () => {
  const { first, store, handlers } = setUp();
  store.claim = () => Promise.reject(new Error("asked"));
  handlers.release();
  const response = await first.rpc({ ...call("id-1"), data: {} });
  expect(response.result?.data).toEqual({ ok: true });
});

/** Two gateways with the same handler, which waits until it is released. */
function setUp(options: { inlineTimeoutMs?: number } = {}) {
  const store = memoryStore();
  const publications: object[] = [];
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  let start!: () => void;
  const started = new Promise<void>((resolve) => (start = resolve));
  const handlers = { runs: 0, signal: undefined as AbortSignal | undefined, started, release };

  const gateway = (): Gateway => {
    const registry = new Registry();
    const schema = z.record(z.string(), z.unknown());
    websocketRpc("test.held", { params: schema, result: schema, registry })(async (conn) => {
      handlers.runs++;
      handlers.signal = conn.signal;
      start();
      await released;
      return { ok: true };
    });
    const publisher = {
      publish: async (channel: string, data: unknown) => void publications.push({ channel, data }),
    };
    return createGateway({ router: createRouter(registry), publisher, calls: store, ...options });
  };
  return { first: gateway(), second: gateway(), store, handlers, publications };
}

/** A store in memory, with what is claimed. */
function memoryStore(): CallStore & { claims: Map<string, number> } {
  const claims = new Map<string, number>();
  const listeners: ((key: string) => void)[] = [];
  return {
    claims,
    async claim(key) {
      const count = (claims.get(key) ?? 0) + 1;
      claims.set(key, count);
      return count === 1;
    },
    async release(key) {
      const count = claims.get(key) ?? 0;
      claims.delete(key);
      return count > 1;
    },
    async cancel(key) {
      for (const listener of listeners) listener(key);
      return claims.has(key);
    },
    onCancel: (listener) => void listeners.push(listener),
    close: async () => undefined,
  };
}
