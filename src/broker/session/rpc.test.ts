import { describe, expect, it } from "vitest";
import type { RpcProxyRequest, RpcProxyResponse } from "../../protocol/index.js";
import { RawClient } from "../../../testing/raw-client.js";
import { startServer, testBackend } from "../testing/server.js";
import { sign } from "../../../testing/tokens.js";

const INTERNAL = { error: { code: 100, message: "internal server error", temporary: true } };
const ENABLED = { without_namespace: { proxy_enabled: true } };

async function answering(rpc: (request: RpcProxyRequest) => Promise<RpcProxyResponse>) {
  return startServer({ rpc: ENABLED }, testBackend({ rpc }));
}

describe("rpc", () => {
  it("sends the caller and the call to the backend", async () => {
    const requests: RpcProxyRequest[] = [];
    await using server = await startServer(
      { rpc: { ...ENABLED, proxy: { include_connection_meta: true } } },
      testBackend({
        rpc: async (request) => {
          requests.push(request);
          return {};
        },
      }),
    );
    const client = await RawClient.open(server.url);
    const { connect } = await client.call({
      connect: {
        token: await sign({ sub: "42", meta: { t: 7 } }),
      },
    });
    expect(await client.call({ rpc: { method: "tasks.get", data: { a: 1 } } })).toEqual({
      rpc: {},
    });
    expect(await client.call({ rpc: { method: "tasks.get" } })).toEqual({ rpc: {} });
    expect(await client.call({ rpc: { data: null } })).toEqual({ rpc: {} });
    const caller = {
      client: (connect as { client: string }).client,
      transport: "websocket",
      protocol: "json",
      encoding: "json",
      user: "42",
      meta: { t: 7 },
    };
    expect(requests.slice(0, 2)).toStrictEqual([
      { ...caller, method: "tasks.get", data: { a: 1 } },
      { ...caller, method: "tasks.get" },
    ]);
    expect(requests[2]).toMatchObject({ data: null });
  });

  it("does not send the meta by default", async () => {
    await using server = await answering(async (request) => ({
      result: { data: "meta" in request },
    }));
    const client = await RawClient.connect(server.url, "42", { meta: { t: 7 } });
    expect(await client.call({ rpc: { method: "x" } })).toEqual({ rpc: { data: false } });
  });

  it.each([
    ["a result", { result: { data: { n: [1, null] } } }, { rpc: { data: { n: [1, null] } } }],
    ["a null", { result: { data: null } }, { rpc: { data: null } }],
    ["an empty result", { result: {} }, { rpc: {} }],
    ["nothing", {}, { rpc: {} }],
    [
      "an error",
      { error: { code: 1000, message: "no such task" }, result: { data: 1 } },
      { error: { code: 1000, message: "no such task" } },
    ],
    [
      "a temporary error",
      { error: { code: 1000, message: "wait", temporary: true } },
      { error: { code: 1000, message: "wait", temporary: true } },
    ],
  ])("passes on %s of the backend", async (_, response, reply) => {
    await using server = await answering(async () => response);
    const client = await RawClient.connect(server.url);
    expect(await client.call({ rpc: { method: "x" } })).toEqual(reply);
  });

  it("closes the connection if the backend returns a disconnect", async () => {
    await using server = await answering(async () => ({
      disconnect: { code: 4501, reason: "banned" },
      error: { code: 1000, message: "no" },
    }));
    const client = await RawClient.connect(server.url);
    client.send({ id: 2, rpc: { method: "x" } });
    expect(await client.closed).toEqual({ code: 4501, reason: "banned" });
    expect(client.unread).toEqual([]);
  });

  it("answers 100 if the backend throws", async () => {
    await using server = await answering(async () => {
      throw new Error("secret detail");
    });
    const client = await RawClient.connect(server.url);
    expect(await client.call({ rpc: { method: "x" } })).toEqual(INTERNAL);
  });

  it("answers 100 if the backend does not answer in time", async () => {
    let answer: (() => void) | undefined;
    await using server = await startServer(
      { rpc: { ...ENABLED, proxy: { timeout: "100ms" } } },
      testBackend({
        rpc: () => new Promise((resolve) => (answer = () => resolve({ result: { data: "late" } }))),
      }),
    );
    const client = await RawClient.connect(server.url);
    expect(await client.call({ rpc: { method: "x" } })).toEqual(INTERNAL);
    answer?.();
    expect(await client.call({ history: { channel: "x" } })).toHaveProperty("error.code", 108);
  });

  it("answers 104 to a method in a namespace", async () => {
    await using server = await startServer(
      { rpc: { without_namespace: { proxy_enabled: true } } },
      testBackend({ rpc: async ({ method }) => ({ result: { data: method } }) }),
    );
    const client = await RawClient.connect(server.url);
    const call = async (method: string) => client.call({ rpc: { method } });
    expect(await call("tasks.get")).toEqual({ rpc: { data: "tasks.get" } });
    expect(await call(":get")).toEqual({ rpc: { data: ":get" } });
    expect(await call("other:get")).toEqual({ error: { code: 104, message: "method not found" } });
  });

  it("answers 108 to all methods if no proxy is enabled", async () => {
    await using server = await startServer();
    const client = await RawClient.connect(server.url);
    for (const method of ["x", "unknown:x"]) {
      const reply = await client.call({ rpc: { method } });
      expect(reply).toEqual({ error: { code: 108, message: "not available" } });
    }
  });
});

describe("concurrency of one connection", () => {
  /** A backend whose calls end when the test says so. */
  function held() {
    const calls = new Map<unknown, () => void>();
    const started: unknown[] = [];
    const rpc = ({ data }: RpcProxyRequest) =>
      new Promise<RpcProxyResponse>((resolve) => {
        started.push(data);
        calls.set(data, () => resolve({ result: { data } }));
      });
    return { backend: testBackend({ rpc }), started, end: (data: unknown) => calls.get(data)?.() };
  }

  const call = (id: number) => ({ id, rpc: { method: "x", data: id } });

  it("runs one command after the other by default", async () => {
    const { backend, started, end } = held();
    await using server = await startServer(
      { rpc: { ...ENABLED, proxy: { timeout: "10s" } } },
      backend,
    );
    const client = await RawClient.connect(server.url);
    client.send(call(2), call(3));
    client.send(call(4));
    for (const id of [2, 3, 4]) {
      await expect.poll(() => started).toContain(id);
      expect(started.at(-1)).toBe(id);
      end(id);
      expect(await client.take()).toEqual({ id, rpc: { data: id } });
    }
  });

  it("runs up to client.concurrency commands at a time", async () => {
    const { backend, started, end } = held();
    await using server = await startServer(
      {
        client: { token: { hmac_secret_key: "test-secret" }, concurrency: 2 },
        rpc: { ...ENABLED, proxy: { timeout: "10s" } },
      },
      backend,
    );
    const client = await RawClient.connect(server.url);
    client.send(call(2), call(3), call(4));
    await expect.poll(() => new Set(started)).toEqual(new Set([2, 3]));
    end(3);
    expect(await client.take()).toEqual({ id: 3, rpc: { data: 3 } });
    await expect.poll(() => started.at(-1)).toBe(4);
    end(4);
    end(2);
    const ids = [(await client.take())["id"], (await client.take())["id"]];
    expect(new Set(ids)).toEqual(new Set([2, 4]));
  });

  it("answers 1,000 calls at once, each with its own result", async () => {
    await using server = await startServer(
      {
        client: { token: { hmac_secret_key: "test-secret" }, concurrency: 64 },
        rpc: { ...ENABLED, proxy: { timeout: "10s" } },
      },
      testBackend({ rpc: async ({ data }) => ({ result: { data } }) }),
    );
    const client = await RawClient.connect(server.url);
    const calls = Array.from({ length: 1000 }, (_, data) => ({ rpc: { method: "x", data } }));
    const replies = await Promise.all(calls.map((command) => client.call(command)));
    expect(replies).toEqual(calls.map(({ rpc: { data } }) => ({ rpc: { data } })));
  });
});
