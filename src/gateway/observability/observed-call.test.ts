// What a gateway tells its observers.
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { RPCError, RpcProxyRequest } from "../../protocol/index.js";
import {
  createRouter,
  Registry,
  silentLogger,
  websocketRpc,
  type ConnectionContext,
  type Logger,
} from "../../handlers/index.js";
import { type CallStore, ENDED, type EndOutcome } from "../calls/call-store.js";
import { createGateway, type GatewayOptions } from "../gateway.js";
import type { GatewayObserver, StartedCall } from "./observer.js";

const connection = {
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
};
const call = (method: string, fields: object = {}): RpcProxyRequest => ({
  ...connection,
  method,
  data: { $rpc: 1, correlation_id: "id-1", params: { text: "hi" }, ...fields },
});

describe("a call", () => {
  it("is told with who calls what, and how it ends", async () => {
    const { gateway, told } = setUp();
    const trace = { traceparent: "00-aa-bb-01", tracestate: "x=1" };
    await gateway.rpc(call("test.echo", { attempt: 2, timeout_ms: 5000, ...trace }));
    expect(told).toEqual([
      [
        "started",
        {
          correlationId: "id-1",
          method: "test.echo",
          known: true,
          userId: "42",
          clientId: "c1",
          transport: "websocket",
          params: { text: "hi" },
          attempt: 2,
          startedAt: expect.any(Date),
          deadline: expect.any(Date),
          ...trace,
        },
      ],
      [
        "ended",
        {
          status: "success",
          code: 0,
          result: { text: "hi" },
          durationMs: expect.any(Number),
          attempts: 2,
          deferred: false,
        },
      ],
    ]);
  });

  it("is told without a trace that cannot be one, and with attempt 1 in place of nonsense", async () => {
    const { gateway, told } = setUp();
    const fields = { attempt: "x", traceparent: 7, tracestate: "x".repeat(2000) };
    const { result } = await gateway.rpc(call("test.echo", fields));
    expect(result?.data).toMatchObject({ result: { text: "hi" } });
    expect(told[0]?.[1]).toMatchObject({ attempt: 1 });
    expect(told[0]?.[1]).not.toHaveProperty("traceparent");
    expect(told[0]?.[1]).not.toHaveProperty("tracestate");
  });

  it("is told when it is a plain call, without params and of an unknown method", async () => {
    const { gateway, told } = setUp();
    await gateway.rpc({ ...connection, method: "test.nowhere" });
    expect(told).toMatchObject([
      ["started", { method: "test.nowhere", known: false, params: undefined }],
      ["ended", { status: "failed", code: 404 }],
    ]);
  });

  it("ends with what the handler threw as the cause", async () => {
    const { gateway, told } = setUp();
    await gateway.rpc(call("test.fails"));
    const end = told[1]?.[1] as { error: RPCError };
    expect(end).toMatchObject({ status: "failed", code: 500 });
    expect(end.error.cause).toMatchObject({ message: "the secret reason" });
  });

  it("ends as timed out at its deadline", async () => {
    const { gateway, told } = setUp();
    await gateway.rpc(call("test.held", { timeout_ms: 5 }));
    expect(told[1]).toMatchObject(["ended", { status: "timeout", code: 408 }]);
  });

  it("may take as long as the gateway's ackTimeout when it does not say how long", async () => {
    const { gateway, told } = setUp({ ackTimeout: 120 });
    await gateway.rpc(call("test.echo"));
    const data = { method: "test.echo", correlation_id: "id-2" };
    await gateway.publish({ ...connection, channel: "rpc.requests", data });
    await gateway.close();
    const started = told.filter(([what]) => what === "started").map(([, call]) => call);
    expect((started as StartedCall[]).map((each) => +each.deadline - +each.startedAt)).toEqual([
      expect.closeTo(120_000, -3),
      expect.closeTo(120_000, -3),
    ]);
  });

  it("ends as cancelled, and tells of another sending before", async () => {
    const { gateway, told } = setUp();
    const first = gateway.rpc(call("test.held"));
    const second = gateway.rpc(call("test.held", { attempt: 3 }));
    await gateway.rpc({ ...connection, method: "$rpc.cancel", data: call("").data });
    await Promise.all([first, second]);
    expect(told).toMatchObject([
      ["started", { attempt: 1 }],
      ["repeated", 3],
      ["ended", { status: "cancelled", code: 499, attempts: 3 }],
    ]);
  });

  it("is told as deferred, and its reply as published or lost", async () => {
    for (const ok of [true, false]) {
      const publisher = { publish: () => (ok ? Promise.resolve() : Promise.reject(new Error())) };
      const { gateway, told, release } = setUp({ inlineTimeoutMs: 1, publisher });
      await gateway.rpc(call("test.held"));
      release();
      await gateway.close();
      expect(told).toMatchObject([
        ["started", {}],
        ["deferred"],
        ["ended", { deferred: true }],
        ["reply", { correlationId: "id-1", userId: "42", ok }],
      ]);
    }
  });

  it("that another gateway runs is not told, and one that no store gave is refused", async () => {
    const { gateway, told } = setUp({ calls: store(async () => ({ state: "running" })) });
    await gateway.rpc(call("test.echo"));
    expect(told).toEqual([]);

    const lost = setUp({ calls: store(() => Promise.reject(new Error("Redis is gone"))) });
    await lost.gateway.rpc(call("test.held"));
    expect(lost.told).toEqual([["refused", { method: "test.held", userId: "42", code: 503 }]]);
  });

  it("that was answered before another gateway asked for its reply was not deferred", async () => {
    const { gateway, told } = setUp({
      calls: store(async () => ({ state: "claimed", token: "" }), {
        takenOver: false,
        awaited: ["id-1"],
      }),
    });
    await gateway.rpc(call("test.echo"));
    await gateway.close();
    expect(told.map(([what]) => what)).toEqual(["started", "ended", "reply"]);
  });
});

describe("a call that is refused", () => {
  it("is told with its code", async () => {
    const { gateway, told } = setUp();
    await gateway.rpc(call("test.echo", { correlation_id: "" }));
    await gateway.rpc({ ...call("test.echo"), user: "" });
    await gateway.publish({ ...connection, channel: "rpc.requests", data: 7 });
    await gateway.close();
    await gateway.rpc(call("test.echo"));
    expect(told).toEqual([
      ["refused", { method: "test.echo", userId: "42", code: 400 }],
      ["refused", { method: "test.echo", userId: "", code: 401 }],
      ["refused", { method: "rpc.requests", userId: "42", code: 400 }],
      ["refused", { method: "test.echo", userId: "42", code: 503 }],
    ]);
  });
});

it("a router that throws synchronously fails the call, also inside a span", async () => {
  const router = {
    has: () => true,
    isIdempotent: () => false,
    call: () => {
      throw new Error("at once");
    },
  };
  const { gateway } = setUp({
    router,
    tracing: { callStarted: () => ({ run: (handler) => handler() }) },
  });
  const { result } = await gateway.rpc(call("test.echo", { timeout_ms: 60_000 }));
  expect(result?.data).toMatchObject({ error: { code: 500 } });
});

describe("tracing adds to a call", () => {
  it("a context around its handler", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const { gateway } = setUp({
      tracing: {
        callStarted: ({ method }) => ({ run: (handler) => context.run(method, handler) }),
      },
      onCall: () => void seen.push(context.getStore()),
    });
    await gateway.rpc(call("test.echo"));
    expect(seen).toEqual(["test.echo"]);
  });

  it("the trace in its log lines", async () => {
    const bindings: object[] = [];
    const log: Logger = {
      ...silentLogger,
      child: (data) => {
        bindings.push(data);
        return log;
      },
    };
    const ids = { traceId: "a".repeat(32), spanId: "b".repeat(16) };
    const { gateway } = setUp({
      log,
      tracing: { callStarted: () => ({ ...ids, run: (handler) => handler() }) },
    });
    await gateway.rpc(call("test.echo"));
    expect(Object.assign({}, ...bindings)).toEqual({
      method: "test.echo",
      correlationId: "id-1",
      userId: "42",
      trace_id: ids.traceId,
      span_id: ids.spanId,
    });
  });
});

type Told = [what: string, data?: unknown];

interface SetUp extends Partial<GatewayOptions> {
  onCall?: (conn: ConnectionContext) => void;
}

function setUp({ onCall, ...options }: SetUp = {}) {
  const registry = new Registry();
  const schema = z.record(z.string(), z.unknown());
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  const add = (name: string, run: (params: Record<string, unknown>) => Promise<object>) =>
    websocketRpc(name, {
      params: schema,
      result: schema,
      ...(name === "test.echo" && { idempotent: true }),
      registry,
    })(async (conn, params) => {
      onCall?.(conn);
      return { ...(await run(params)) };
    });
  add("test.echo", async (params) => params);
  add("test.fails", () => Promise.reject(new Error("the secret reason")));
  add("test.held", async () => ({ done: await held }));

  const told: Told[] = [];
  const gateway = createGateway({
    router: createRouter(registry),
    publisher: { publish: async () => undefined },
    observers: [writesDown(told)],
    ...options,
  });
  return { gateway, told, release };
}

function writesDown(told: Told[]): GatewayObserver {
  return {
    callStarted(call) {
      told.push(["started", call]);
      return {
        repeated: (attempt) => void told.push(["repeated", attempt]),
        deferred: () => void told.push(["deferred"]),
        ended: (end) => void told.push(["ended", end]),
      };
    },
    callRefused: (call) => void told.push(["refused", call]),
    replyPublished: (reply) => void told.push(["reply", reply]),
  };
}

function store(claim: CallStore["claim"], outcome: EndOutcome = ENDED): CallStore {
  return {
    claim,
    epoch: () => "epoch",
    end: () => outcome,
    forget: () => outcome,
    areRunning: () => [],
    cancel: async () => false,
    onCancel: () => undefined,
    close: async () => undefined,
  };
}
