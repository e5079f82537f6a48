import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { LoggedEnd, LoggedStart } from "../../call-log/index.js";
import type { RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, websocketRpc } from "../../handlers/index.js";
import { RPCError } from "../../protocol/index.js";
import { createCallRecorder } from "./call-recorder.js";
import { CentrifugoApiError } from "../centrifugo/api-error.js";
import { createGateway } from "../gateway.js";

const request = (method: string, data: unknown, user = "42"): RpcProxyRequest => ({
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user,
  method,
  data,
});
const envelope = (id: string, params: unknown, fields: object = {}) => ({
  $rpc: 1,
  correlation_id: id,
  params,
  ...fields,
});

describe("what the call log is told of a gateway", () => {
  it("has each call with its end", async () => {
    const { gateway, entries } = setUp();
    await gateway.rpc(request("test.echo", envelope("a", { text: "hi" }, { attempt: 2 })));
    await gateway.rpc(request("test.fail", envelope("b", {})));
    await gateway.rpc(request("test.echo", { text: "plain" }));
    await gateway.rpc(request("test.none", envelope("c", {})));
    await gateway.rpc(request("test.slow", envelope("d", {}, { timeout_ms: 1 })));
    expect(entries).toEqual([
      {
        start: {
          kind: "call",
          id: "a",
          target: "test.echo",
          userId: "42",
          clientId: "c1",
          params: { text: "hi" },
          schemas: expect.objectContaining({ name: "test.echo" }),
          attempt: 2,
          startedAt: expect.any(Date),
        },
        end: expect.objectContaining({
          status: "success",
          result: { text: "hi" },
          error: undefined,
          attempts: 2,
          durationMs: expect.any(Number),
        }),
      },
      {
        start: expect.objectContaining({ id: "b", target: "test.fail", attempt: 1 }),
        end: expect.objectContaining({
          status: "failed",
          error: { code: 1001, message: "quota", details: { limit: 1 } },
        }),
      },
      {
        start: expect.objectContaining({ target: "test.echo", params: { text: "plain" } }),
        end: expect.objectContaining({ status: "success" }),
      },
      {
        start: expect.objectContaining({ id: "c", target: "test.none", schemas: undefined }),
        end: expect.objectContaining({ error: expect.objectContaining({ code: 404 }) }),
      },
      {
        start: expect.objectContaining({ id: "d" }),
        end: expect.objectContaining({
          status: "timeout",
          error: expect.objectContaining({ code: 408 }),
        }),
      },
    ]);
  });

  it("has a call that was refused before it began", async () => {
    const { gateway, entries } = setUp();
    await gateway.rpc(request("test.echo", { text: "hi" }, ""));
    expect(entries).toEqual([
      {
        start: expect.objectContaining({ kind: "call", target: "test.echo", userId: "" }),
        end: {
          status: "failed",
          error: { code: 401, message: expect.stringContaining("no identity") },
          durationMs: 0,
        },
      },
    ]);
  });

  it("has each publication with its acknowledgements", async () => {
    const { gateway, entries } = setUp();
    await gateway.publisher.publish("events:a", { n: 1 });
    await gateway.publisher.publishWithAck("events:b", { n: 2 }, { acks: 2, timeout: 0.01 });
    await gateway.publisher.publish("events:broken", {});
    expect(entries).toEqual([
      {
        start: {
          kind: "publish",
          id: expect.any(String),
          target: "events:a",
          params: { n: 1 },
          waitForAck: false,
          acksExpected: undefined,
          startedAt: expect.any(Date),
        },
        end: expect.objectContaining({ status: "success", error: undefined }),
      },
      {
        start: expect.objectContaining({ target: "events:b", waitForAck: true, acksExpected: 2 }),
        end: expect.objectContaining({ status: "timeout", acksExpected: 2, acksReceived: 0 }),
      },
      {
        start: expect.objectContaining({ target: "events:broken" }),
        end: expect.objectContaining({
          status: "failed",
          error: expect.objectContaining({ code: expect.any(Number) }),
        }),
      },
    ]);
  });

  it("has only what waits for an acknowledgement when it is told so", async () => {
    const { gateway, entries } = setUp({ onlyWithAck: true });
    await gateway.rpc(request("test.echo", envelope("a", { text: "hi" })));
    await gateway.rpc(request("test.echo", {}, ""));
    await gateway.publisher.publish("events:a", {});
    await gateway.publisher.publishWithAck("events:b", {}, { timeout: 0.01 });
    expect(entries.map(({ start }) => start.target)).toEqual(["events:b"]);
  });

  it("has the schemas of the method that is served at the moment", async () => {
    const { gateway, entries, registries } = setUp();
    registries.current = registryWith(z.object({ text: z.string().meta({ sensitive: true }) }));
    await gateway.rpc(request("test.echo", envelope("a", { text: "hi" })));
    registries.current = registryWith(z.object({ other: z.string() }));
    await gateway.rpc(request("test.echo", envelope("b", { text: "hi" })));
    expect(entries.map(({ start }) => start.schemas?.params)).toEqual([
      expect.objectContaining({ properties: { text: { type: "string", sensitive: true } } }),
      expect.objectContaining({ properties: { other: { type: "string" } } }),
    ]);
  });

  it("hides everything of a method whose schemas cannot be read", async () => {
    const { gateway, entries, registries } = setUp();
    registries.current = registryWith(z.object({ born: z.date() }));
    await gateway.rpc(request("test.echo", envelope("a", { text: "hi" })));
    const { params } = entries[0]?.start.schemas ?? {};
    expect(params).toEqual({ sensitive: true });
  });
});

function registryWith(params: z.ZodType<object>): Registry {
  const registry = new Registry();
  const result = z.any();
  websocketRpc("test.echo", { params, result, idempotent: true, registry })(
    async (_conn, value) => value,
  );
  websocketRpc("test.fail", { params: z.object({}), result, registry })(async () => {
    throw new RPCError(1001, "quota", { limit: 1 });
  });
  websocketRpc("test.slow", { params: z.object({}), result, registry })(
    async (conn) =>
      await new Promise((resolve) => conn.signal.addEventListener("abort", () => resolve({}))),
  );
  return registry;
}

function setUp(options: { onlyWithAck?: boolean } = {}) {
  const entries: { start: LoggedStart; end?: LoggedEnd }[] = [];
  const registries = { current: registryWith(z.object({ text: z.string() })) };
  const recorder = createCallRecorder({
    callLog: {
      begin(start) {
        const entry: (typeof entries)[number] = { start };
        entries.push(entry);
        return { end: (end) => void (entry.end = end) };
      },
    },
    methods: { get: (name) => registries.current.get(name) },
    ...options,
  });
  const gateway = createGateway({
    router: createRouter(registries.current),
    publisher: {
      async publish(channel) {
        if (channel === "events:broken")
          throw new CentrifugoApiError("unknown channel", { code: 102 });
      },
    },
    observers: [recorder],
  });
  return { gateway, entries, registries };
}
