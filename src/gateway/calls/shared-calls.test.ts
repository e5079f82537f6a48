// Two gateways that share a Redis, with the balancer played by the test.
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, websocketRpc } from "../../handlers/index.js";
import { startRedis, type RedisProcess } from "../../../testing/processes/redis.js";
import { findProgram } from "../../../testing/toolchains.js";
import type { CallStore, ClaimOutcome } from "./call-store.js";
import { connectRedisCallStore } from "./redis-call-store.js";
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

const binary = findProgram("redis-server");
let redis: RedisProcess;
const stores: CallStore[] = [];
let prefixes = 0;

beforeAll(async () => {
  if (binary !== undefined) redis = await startRedis(binary);
});
afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
});
afterAll(() => redis?.close());

describe.skipIf(binary === undefined)("the same correlation ID in two gateways", () => {
  it("runs the handler once, and both callers get the reply", async () => {
    const { first, second, handlers, publications } = await setUp();
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
    const { first, second, handlers, publications } = await setUp({ inlineTimeoutMs: 1 });
    for (const gateway of [first, second]) {
      expect((await gateway.rpc(call("id-1"))).result?.data).toMatchObject({ pending: true });
    }
    handlers.release();
    await Promise.all([first.close(), second.close()]);
    expect(publications).toHaveLength(1);
  });

  it("publishes one reply in the pub/sub form", async () => {
    const { first, second, handlers, publications } = await setUp();
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

  it("gets the first reply after the call has ended", async () => {
    const { first, second, handlers } = await setUp();
    handlers.release();
    const reply = (await first.rpc(call("id-1"))).result?.data;
    expect(reply).toMatchObject({ result: { ok: true } });
    await expect
      .poll(async () => (await second.rpc(call("id-1", { attempt: 2 }))).result?.data)
      .toEqual(reply);
    expect(handlers.runs).toBe(1);
  });

  it("fails with 400 if the params are others", async () => {
    const { first, second, handlers } = await setUp();
    handlers.release();
    await first.rpc(call("id-1"));
    const again = await second.rpc(call("id-1", { attempt: 2, params: { other: true } }));
    expect(again.result?.data).toMatchObject({ error: { code: 400 } });
  });
});

describe.skipIf(binary === undefined)("cancelling through the other gateway", () => {
  it("aborts the handler's signal and ends the call", async () => {
    const { first, second, handlers } = await setUp();
    const running = first.rpc(call("id-1"));
    await handlers.started;
    const cancelled = await second.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
    expect(cancelled.result?.data).toEqual({ $rpc: 1, cancelled: true });
    expect((await running).result?.data).toMatchObject({ error: { code: 499 } });
    expect(handlers.signal?.reason).toMatchObject({ code: 499 });
  });

  it("returns false if no gateway runs the call, or if it is another user's", async () => {
    const { first, second, handlers } = await setUp();
    void first.rpc({ ...call("id-1"), user: "43" });
    await handlers.started;
    const cancelled = await second.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
    expect(cancelled.result?.data).toEqual({ $rpc: 1, cancelled: false });
    expect(handlers.signal?.aborted).toBe(false);
  });
});

describe.skipIf(binary === undefined)("a store that cannot be reached", () => {
  it("ends calls with 503 and does not run them", async () => {
    const { first, store, handlers } = await setUp();
    store.claim = () => Promise.reject(new Error("no Redis"));
    expect((await first.rpc(call("id-1"))).result?.data).toMatchObject({ error: { code: 503 } });
    expect(handlers.runs).toBe(0);
  });

  it("ends calls with 503 when it does not answer, and forgets a late claim", async () => {
    const { first, second, store, handlers } = await setUp();
    const claim = store.claim.bind(store);
    let answer!: () => void;
    const late = new Promise<void>((resolve) => (answer = resolve));
    store.claim = async (call) => {
      await late;
      return await claim(call);
    };
    vi.useFakeTimers();
    const reply = first.rpc(call("id-1", { timeout_ms: 2500 }));
    await vi.advanceTimersByTimeAsync(2000);
    vi.useRealTimers();
    expect((await reply).result?.data).toMatchObject({ error: { code: 503 } });
    answer();
    handlers.release();
    const again = call("id-1", { attempt: 2, epoch: store.epoch() });
    await expect
      .poll(async () => (await second.rpc(again)).result?.data)
      .toMatchObject({ result: { ok: true } });
    expect(handlers.runs).toBe(1);
  });

  it("ends a call with 408 and `ran: false` if its time is up first", async () => {
    const { first, store, handlers } = await setUp();
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

  it("delays neither a cancellation nor the end of the gateway when it hangs", async () => {
    const { first, store, handlers } = await setUp();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const running = first.rpc(call("id-1"));
      await handlers.started;
      store.cancel = () => new Promise(() => undefined);
      store.end = () => new Promise(() => undefined);
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

  it("may fail again when a claim that came too late is undone", async () => {
    const { first, store } = await setUp();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      let answer!: (outcome: ClaimOutcome) => void;
      store.claim = () => new Promise((resolve) => (answer = resolve));
      const forget = vi.fn<CallStore["forget"]>(() => Promise.reject(new Error("no Redis")));
      store.forget = forget;
      const refused = first.rpc(call("id-1"));
      await vi.advanceTimersByTimeAsync(2000);
      expect((await refused).result?.data).toMatchObject({ error: { code: 503 } });
      answer({ state: "claimed", token: "late" });
      await vi.advanceTimersByTimeAsync(0);
      expect(forget.mock.calls).toMatchObject([[{ key: "42 id-1" }, "late"]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("still cancels the calls of this gateway", async () => {
    const { first, store, handlers } = await setUp();
    const running = first.rpc(call("id-1"));
    await handlers.started;
    store.cancel = () => Promise.reject(new Error("no Redis"));
    const cancelled = await first.rpc(request("$rpc.cancel", { correlation_id: "id-1" }));
    expect(cancelled.result?.data).toMatchObject({ cancelled: true });
    expect((await running).result?.data).toMatchObject({ error: { code: 499 } });
  });

  it("returns a reply that the store does not accept", async () => {
    const { first, store, handlers } = await setUp();
    store.end = () => Promise.reject(new Error("no Redis"));
    handlers.release();
    expect((await first.rpc(call("id-1"))).result?.data).toMatchObject({ result: { ok: true } });
    await first.close();
  });
});

describe.skipIf(binary === undefined)("$rpc.calls", () => {
  it("returns the calls that no gateway runs", async () => {
    const { first, second, handlers } = await setUp({ inlineTimeoutMs: 1 });
    await first.rpc(call("here"));
    await second.rpc(call("there"));
    const ids = { correlation_ids: ["here", "there", "nowhere"] };
    const ask = () => first.rpc(request("$rpc.calls", ids));
    expect((await ask()).result?.data).toEqual({ $rpc: 1, send_again: ["nowhere"] });
    handlers.release();
    await second.close();
    await expect
      .poll(async () => (await ask()).result?.data)
      .toEqual({ $rpc: 1, send_again: ["here", "there", "nowhere"] });
  });

  it("is refused with 503 if the store does not answer", async () => {
    const { first, store } = await setUp();
    store.areRunning = () => Promise.reject(new Error("no Redis"));
    const response = await first.rpc(request("$rpc.calls", { correlation_ids: ["id-1"] }));
    expect(response.error).toMatchObject({ code: 503, temporary: true });
  });
});

describe.skipIf(binary === undefined)("calls with the same idempotency key", () => {
  const keyed = (id: string, fields: object = {}) => call(id, { idempotency_key: "k", ...fields });

  it("run once, and each caller gets the reply under its own ID", async () => {
    const { first, second, handlers, publications } = await setUp({ inlineTimeoutMs: 1 });
    for (const [number, gateway] of [first, second, first, second].entries()) {
      const reply = await gateway.rpc(keyed(`id-${number}`));
      expect(reply.result?.data).toMatchObject({ pending: true });
    }
    handlers.release();
    await Promise.all([first.close(), second.close()]);
    expect(handlers.runs).toBe(1);
    const ids = publications.map(({ data }) => (data as { correlation_id: string }).correlation_id);
    expect(ids.toSorted()).toEqual(["id-0", "id-1", "id-2", "id-3"]);
  });

  it("later get the first result, also in another gateway", async () => {
    const { first, second, handlers } = await setUp();
    handlers.release();
    await first.rpc(keyed("id-1"));
    for (const gateway of [first, second]) {
      await expect
        .poll(async () => (await gateway.rpc(keyed("id-2"))).result?.data)
        .toEqual({ $rpc: 1, correlation_id: "id-2", result: { ok: true } });
    }
    expect(handlers.runs).toBe(1);
  });

  it("may be corrected after they were refused, because nothing has run", async () => {
    const { first, handlers } = await setUp();
    const refused = [
      request("test.hled", { correlation_id: "id-1", idempotency_key: "k" }),
      keyed("id-2", { params: [] }),
    ];
    for (const [at, code] of [404, 400].entries()) {
      const reply = await first.rpc(refused[at]!);
      expect(reply.result?.data).toMatchObject({ error: { code } });
    }
    handlers.release();
    await expect
      .poll(async () => (await first.rpc(keyed("id-3"))).result?.data)
      .toMatchObject({ result: { ok: true } });
  });

  it("are refused if they have other params", async () => {
    const { first, second, handlers } = await setUp();
    const running = first.rpc(keyed("id-1"));
    await handlers.started;
    for (const gateway of [first, second]) {
      const other = await gateway.rpc(keyed("id-2", { params: { other: true } }));
      expect(other.result?.data).toMatchObject({
        error: { code: 400, details: { idempotency_mismatch: true } },
      });
    }
    handlers.release();
    await running;
  });

  it("are cancelled with the ID of the call that runs, and with no other", async () => {
    const { first, handlers } = await setUp();
    const replies = ["id-1", "id-2"].map((id) => first.rpc(keyed(id)));
    await handlers.started;
    const cancel = async (id: string) =>
      (await first.rpc(request("$rpc.cancel", { correlation_id: id }))).result?.data;
    expect(await cancel("id-2")).toMatchObject({ cancelled: false });
    expect(await cancel("id-1")).toMatchObject({ cancelled: true });
    for (const reply of replies) {
      expect((await reply).result?.data).toMatchObject({ error: { code: 499 } });
    }
  });
});

describe.skipIf(binary === undefined)("a gateway that stops during a call", () => {
  it("leaves it to another gateway if the method is idempotent", async () => {
    const { first, second, handlers } = await setUp({ idempotent: true });
    const running = first.rpc(call("id-1"));
    await handlers.started;
    await first.close({ drainMs: 0 });
    expect((await running).result?.data).toMatchObject({ error: { code: 503 } });
    handlers.release();
    const again = await second.rpc(call("id-1", { attempt: 2 }));
    expect(again.result?.data).toMatchObject({ result: { ok: true } });
    expect(handlers.runs).toBe(2);
  });

  it("ends it with 409 otherwise, then and later", async () => {
    const { first, second, handlers } = await setUp();
    const running = first.rpc(call("id-1"));
    await handlers.started;
    await first.close({ drainMs: 0 });
    for (const reply of [await running, await second.rpc(call("id-1", { attempt: 2 }))]) {
      expect(reply.result?.data).toMatchObject({ error: { code: 409 } });
    }
    expect(handlers.runs).toBe(1);
  });
});

it.skipIf(binary === undefined)(
  "is not asked for plain calls: their ID is known to nobody",
  async () => {
    const { first, store, handlers } = await setUp();
    store.claim = () => Promise.reject(new Error("asked"));
    handlers.release();
    const response = await first.rpc({ ...call("id-1"), data: {} });
    expect(response.result?.data).toEqual({ ok: true });
  },
);

/** Two gateways that share a Redis, with the same handler, which waits until it is released. */
async function setUp({
  idempotent = false,
  ...options
}: { inlineTimeoutMs?: number; idempotent?: boolean } = {}) {
  const prefix = `${++prefixes}:`;
  const [store, other] = await Promise.all([connect(prefix), connect(prefix)]);
  const publications: { channel: string; data: unknown }[] = [];
  let release!: () => void;
  const released = new Promise<void>((resolve) => (release = resolve));
  let start!: () => void;
  const started = new Promise<void>((resolve) => (start = resolve));
  const handlers = { runs: 0, signal: undefined as AbortSignal | undefined, started, release };

  const gateway = (calls: CallStore): Gateway => {
    const registry = new Registry();
    const schema = z.record(z.string(), z.unknown());
    const types = { params: schema, result: schema };
    websocketRpc("test.held", { ...types, ...(idempotent && { idempotent }), registry })(
      async (conn) => {
        handlers.runs++;
        handlers.signal = conn.signal;
        start();
        await released;
        return { ok: true };
      },
    );
    const publisher = {
      publish: async (channel: string, data: unknown) => void publications.push({ channel, data }),
    };
    return createGateway({ router: createRouter(registry), publisher, calls, ...options });
  };
  return { first: gateway(store), second: gateway(other), store, handlers, publications };
}

async function connect(prefix: string): Promise<CallStore> {
  const store = await connectRedisCallStore({ url: redis.url, prefix });
  stores.push(store);
  return store;
}
