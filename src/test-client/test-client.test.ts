import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import { publisher, Registry, websocketRpc, type Middleware } from "../handlers/index.js";
import { RPCError } from "../protocol/index.js";
import { createTestClient, type TestClientOptions } from "./index.js";

const handlers = new Registry();
const method = { registry: handlers, result: z.any() };

websocketRpc("who", method)(async (conn) => ({ user: conn.userId, meta: conn.meta }));

websocketRpc("add", {
  ...method,
  params: z.object({ a: z.int(), b: z.int() }),
})(async (_conn, { a, b }) => a + b);

websocketRpc(
  "fail",
  method,
)(async () => {
  throw new RPCError(1001, "the quota is used up", { limit: 10 });
});

let lastSignal: AbortSignal | undefined;
websocketRpc(
  "wait",
  method,
)(async ({ signal }) => {
  lastSignal = signal;
  await new Promise((_resolve, reject) => signal.addEventListener("abort", reject));
});

websocketRpc("publish", { ...method, params: z.object({ channel: z.string(), acks: z.int() }) })(
  async (_conn, { channel, acks }) => {
    if (acks === 0) return (await publisher.publish(channel, { n: 1 })).status;
    return (await publisher.publishWithAck(channel, { n: 1 }, { acks, timeout: 5 })).status;
  },
);

function connected(userId: string, options: TestClientOptions = {}) {
  const client = createTestClient(handlers, { userId, ...options });
  onTestFinished(() => client.disconnect());
  return client;
}

describe("a test client", () => {
  it("calls handlers as its user", async () => {
    const client = connected("anna", { meta: { role: "admin" } });
    expect(await client.call("who", {})).toEqual({ user: "anna", meta: { role: "admin" } });
  });

  it("reports the errors that a caller sees", async () => {
    const client = connected("anna");
    await expect(client.call("add", { a: "1" })).rejects.toMatchObject({ code: 400 });
    await expect(client.call("missing", {})).rejects.toMatchObject({ code: 404 });
    const details = { limit: 10 };
    await expect(client.call("fail", {})).rejects.toMatchObject({ code: 1001, details });
  });

  it("runs middleware", async () => {
    const twice: Middleware = (next) => async (conn, params) =>
      2 * ((await next(conn, params)) as number);
    const client = connected("anna", { middleware: [twice] });
    expect(await client.call("add", { a: 1, b: 2 })).toBe(6);
  });

  it("aborts the handler when a call is cancelled", async () => {
    const client = connected("anna");
    const controller = new AbortController();
    const call = client.call("wait", {}, { signal: controller.signal });
    await vi.waitFor(() => expect(lastSignal).toBeDefined());
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 499 });
    await vi.waitFor(() => expect(lastSignal?.aborted).toBe(true));
  });

  it("receives a deferred reply", async () => {
    const client = connected("anna", { inlineTimeoutMs: 0 });
    expect(await client.call("add", { a: 1, b: 2 })).toBe(3);
  });

  it("ends a call at its deadline", async () => {
    const call = connected("anna").call("wait", {}, { timeout: 10 });
    await expect(call).rejects.toMatchObject({ code: 408 });
  });

  it("receives what handlers publish for other users, and acknowledges it", async () => {
    const anna = connected("anna");
    const ben = connected("ben");
    const received: unknown[] = [];
    await anna.subscribe("events:news", (data) => void received.push(data));
    expect(await ben.call("publish", { channel: "events:news", acks: 0 })).toBe("success");
    expect(await ben.call("publish", { channel: "events:news", acks: 1 })).toBe("success");
    expect(received).toEqual([{ n: 1 }, { n: 1 }]);
  });

  it("can subscribe only to the channels of the default configuration", async () => {
    const anna = connected("anna");
    for (const channel of ["news", "user#ben", "other:news"]) {
      const refused = anna.subscribe(channel, () => undefined);
      await expect(refused).rejects.toMatchObject({ code: 403 });
    }
    await anna.subscribe("events:news", () => undefined);
    await anna.subscribe("notes#ben,anna", () => undefined);
  });

  it("cancels its calls when it disconnects", async () => {
    const client = connected("anna");
    await client.connect();
    const call = client.call("wait", {});
    client.disconnect();
    await expect(call).rejects.toMatchObject({ code: 499 });
  });
});
