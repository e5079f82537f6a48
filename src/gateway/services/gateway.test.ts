// A gateway does for the methods of a service what it does for its own.
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LoggedEnd, LoggedStart } from "../../call-log/index.js";
import { ErrorCode, RPCError } from "../../protocol/index.js";
import { createRouter, type Middleware } from "../../handlers/index.js";
import { createCallRecorder } from "../observability/call-recorder.js";
import { createGateway, type GatewayOptions } from "../gateway.js";
import { createMetrics } from "../observability/metrics.js";
import { createTracing } from "../observability/tracing.js";
import type { HandlerServices } from "./handler-services.js";
import { connect, startService } from "./testing/connected.js";
import { sendJson } from "../../../testing/scripted-service.js";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

describe("calls of a service's methods", () => {
  it("reach it through the gateway, and their replies come back", async () => {
    const { call, service } = await setUp();
    expect(await call("tasks.run", { id: 1 })).toMatchObject({ result: { id: 1 } });
    const { body } = await service.nextCall();
    expect(body).toMatchObject({
      correlation_id: "id-1",
      connection: { user_id: "42", client_id: "c1", meta: { tenant: 7 } },
    });
    expect(body.timeout_ms).toBeLessThanOrEqual(5000);
  });

  it("go through the middleware, which may refuse them and change what they give", async () => {
    const seen: unknown[] = [];
    const middleware: Middleware = (next) => async (conn, params) => {
      seen.push([conn.method, params]);
      if (conn.userId === "stranger") throw RPCError.of("permission_denied");
      return { wrapped: await next(conn, params) };
    };
    const { call, service } = await setUp({ middleware: [middleware] });
    expect(await call("tasks.run", 1)).toMatchObject({ result: { wrapped: 1 } });
    expect(await call("tasks.run", 2, { user: "stranger" })).toMatchObject({
      error: { code: 403 },
    });
    expect(seen).toEqual([
      ["tasks.run", 1],
      ["tasks.run", 2],
    ]);
    expect(service.calls).toHaveLength(1);
  });

  it("are cancelled there when the caller cancels", async () => {
    const { call, gateway, service, request } = await setUp();
    service.onCall = () => undefined;
    const reply = call("tasks.run", {});
    const { closed } = await service.nextCall();
    await gateway.rpc(request("$rpc.cancel", { $rpc: 1, correlation_id: "id-1" }));
    expect(await reply).toMatchObject({ error: { code: ErrorCode.cancelled } });
    await closed;
  });

  it("have their idempotency key", async () => {
    const { call, service } = await setUp();
    await call("tasks.run", {}, { idempotency_key: "k" });
    expect((await service.nextCall()).body).toMatchObject({ idempotency_key: "k" });
  });

  it("of a gateway that is gone are looked up in a service that remembers calls", async () => {
    const { call, service } = await setUp({ epoch: "e1" });
    const again = { attempt: 2, epoch: "of another gateway" };
    expect(await call("tasks.run", 1, again)).toMatchObject({ result: 1 });
    expect((await service.nextCall()).body).toMatchObject({ epoch: "e1", known_only: true });
    expect(await call("tasks.run", 1)).toMatchObject({ result: 1 });
    expect((await service.nextCall()).body).not.toHaveProperty("known_only");
  });

  it("of a gateway that is gone are lost in a service that forgets its calls", async () => {
    const { call, service } = await setUp();
    const again = { attempt: 2, epoch: "of another gateway" };
    expect(await call("tasks.run", 1, again)).toMatchObject({ error: { code: 409 } });
    expect(service.calls).toEqual([]);
  });

  it("are left to other gateways when theirs stops, and continue in a service that remembers them", async () => {
    const { call, gateway, service } = await setUp({ epoch: "e1" });
    service.onCall = () => undefined;
    const reply = call("tasks.run", {});
    const { closed } = await service.nextCall();
    await gateway.close({ drainMs: 0 });
    expect(await reply).toMatchObject({ error: { code: ErrorCode.unavailable } });
    await closed;
    expect(service.cancellations).toEqual([]);
  });

  it("are in the call log, without what the service's schemas mark as sensitive", async () => {
    const rows: { start: LoggedStart; end: LoggedEnd }[] = [];
    const callLog = {
      begin: (start: LoggedStart) => ({ end: (end: LoggedEnd) => void rows.push({ start, end }) }),
    };
    const { call, service } = await setUp({
      observers: (services) => [createCallRecorder({ callLog, methods: services })],
    });
    await call("tasks.run", { pin: "1234" });
    service.onCall = (response) =>
      sendJson(response, 200, { error: { code: 1001, message: "used up", details: { limit: 1 } } });
    await call("tasks.run", {});
    expect(rows[0]?.start.schemas?.params).toEqual(SENSITIVE);
    expect(rows).toMatchObject([
      { start: { target: "tasks.run", userId: "42" }, end: { status: "success" } },
      { end: { status: "failed", error: { code: 1001, details: { limit: 1 } } } },
    ]);
  });

  it("are in the call log without their params while what these hide is not known", async () => {
    const starts: LoggedStart[] = [];
    const callLog = {
      begin: (start: LoggedStart) => {
        starts.push(start);
        return { end: () => undefined };
      },
    };
    const { call, services } = await setUp({
      observers: (services) => [createCallRecorder({ callLog, methods: services })],
      listening: false,
    });
    expect(await call("tasks.run", { pin: "1234" })).toMatchObject({
      error: { code: ErrorCode.unavailable },
    });
    expect(services.get("tasks.run")).toBeUndefined();
    expect(starts).toMatchObject([{ schemas: { params: { sensitive: true } } }]);
  });

  it("are counted by their method, also when the service is away", async () => {
    const metrics = createMetrics();
    const { call, service } = await setUp({ observers: () => [metrics.observer] });
    await call("tasks.run", {});
    await service.stop();
    await call("tasks.run", {});
    const text = await metrics.text();
    expect(text).toContain('centrifugo_rpc_calls_total{method="tasks.run",code="0"} 1');
    expect(text).toContain('centrifugo_rpc_calls_total{method="tasks.run",code="503"} 1');
  });

  it("carry the span of the gateway, with the caller's state", async () => {
    const exporter = new InMemorySpanExporter();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    onTestFinished(() => {
      trace.disable();
      context.disable();
    });
    const { call, service } = await setUp({ tracing: await createTracing() });
    await call("tasks.run", {}, { traceparent: TRACEPARENT, tracestate: "vendor=1" });
    const { headers } = await service.nextCall();
    const { traceId, spanId } = exporter.getFinishedSpans()[0]!.spanContext();
    expect(traceId).toBe(TRACE_ID);
    expect(headers["traceparent"]).toBe(`00-${TRACE_ID}-${spanId}-01`);
    expect(headers["tracestate"]).toBe("vendor=1");
  });

  it.each([
    [{ traceparent: TRACEPARENT, tracestate: "vendor=1" }, true],
    [{ traceparent: TRACEPARENT }, true],
    [{ traceparent: "nonsense", tracestate: "vendor=1" }, false],
    [{ tracestate: "vendor=1" }, false],
    [{}, false],
  ])("without tracing carry what the caller sent, if it is one: %j", async (sent, isTrace) => {
    const { call, service } = await setUp();
    await call("tasks.run", {}, sent);
    const { traceparent, tracestate } = (await service.nextCall()).headers;
    expect({ traceparent, tracestate }).toEqual(
      isTrace
        ? { tracestate: undefined, ...sent }
        : { traceparent: undefined, tracestate: undefined },
    );
  });

  it("get no header of a caller's making", async () => {
    const { call, service } = await setUp();
    const sent = [
      { traceparent: `${TRACEPARENT}\r\nX-Admin: 1` },
      { traceparent: TRACEPARENT, tracestate: "vendor=1\r\nX-Admin: 1" },
      { traceparent: `01${TRACEPARENT.slice(2)}-é` },
    ];
    for (const fields of sent) {
      expect(await call("tasks.run", 1, fields)).toMatchObject({ result: 1 });
      expect((await service.nextCall()).headers).not.toHaveProperty("x-admin");
    }
  });
});

const SENSITIVE = {
  type: "object",
  properties: { pin: { type: "string", sensitive: true } },
};

interface SetUp {
  middleware?: readonly Middleware[];
  observers?: (services: HandlerServices) => GatewayOptions["observers"];
  tracing?: GatewayOptions["tracing"];
  /** Whether the service is there. */
  listening?: boolean;
  /** The epoch of the service, if it remembers calls. */
  epoch?: string;
}

async function setUp({ middleware = [], observers, tracing, listening = true, epoch }: SetUp = {}) {
  const run = { name: "tasks.run", params: SENSITIVE, result: {} };
  const service = await startService([run], { listening });
  service.epoch = epoch;
  const { services } = await connect([service]);
  const gateway = createGateway({
    router: createRouter(services, { middleware }),
    publisher: { publish: async () => undefined },
    observers: observers?.(services) ?? [],
    tracing,
  });
  onTestFinished(() => gateway.close());
  const request = (method: string, data: unknown, user = "42") => ({
    client: "c1",
    transport: "websocket",
    protocol: "json",
    encoding: "json",
    user,
    meta: { tenant: 7 },
    method,
    data,
  });
  let calls = 0;
  const call = async (
    method: string,
    params: unknown,
    { user, ...fields }: { user?: string; [field: string]: unknown } = {},
  ): Promise<unknown> => {
    const correlation_id = `id-${++calls}`;
    const data = { $rpc: 1, correlation_id, params, timeout_ms: 5000, ...fields };
    const { result, error } = await gateway.rpc(request(method, data, user));
    return result?.data ?? error;
  };
  return { service, services, gateway, request, call };
}
