import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type ReadableSpan,
} from "@opentelemetry/sdk-trace-base";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { RPCError, type RpcProxyRequest } from "../../protocol/index.js";
import {
  createRouter,
  Registry,
  silentLogger,
  websocketRpc,
  type ConnectionContext,
  type Logger,
} from "../../handlers/index.js";
import { createGateway, type GatewayOptions } from "../gateway.js";
import type { CallEnd } from "./observer.js";
import { createTracing } from "./tracing.js";

const callerTrace = "0af7651916cd43dd8448eb211c80319c";
const callerSpan = "b7ad6b7169203331";
const traceparent = `00-${callerTrace}-${callerSpan}-01`;

let calls = 0;
const request = (method: string, fields: object = {}): RpcProxyRequest => ({
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
  method,
  data: { $rpc: 1, correlation_id: `id-${++calls}`, params: {}, ...fields },
});

const exporter = new InMemorySpanExporter();

describe("with an SDK", () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({
        sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
        spanProcessors: [new SimpleSpanProcessor(exporter)],
      }),
    );
  });
  beforeEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    context.disable();
  });

  it("a call is a server span in the caller's trace", async () => {
    const { gateway } = await setUp();
    const trace = { traceparent, tracestate: "vendor=1" };
    await gateway.rpc(request("test.ok", { attempt: 2, ...trace }));
    const span = only(exporter.getFinishedSpans());
    expect(span).toMatchObject({
      name: "test.ok",
      kind: 1,
      parentSpanContext: { traceId: callerTrace, spanId: callerSpan, isRemote: true },
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        "rpc.system": "centrifugo-rpc",
        "rpc.method": "test.ok",
        "rpc.centrifugo.correlation_id": expect.stringMatching(/^id-\d+$/),
        "rpc.centrifugo.attempt": 2,
        "rpc.centrifugo.deferred": false,
      },
    });
    expect(span.spanContext().traceId).toBe(callerTrace);
    expect(span.spanContext().traceState?.serialize()).toBe("vendor=1");
  });

  it("what the handler traces is a child of it, also after it has waited", async () => {
    const { gateway } = await setUp();
    await gateway.rpc(request("test.traced", { traceparent }));
    const [inner, span] = exporter.getFinishedSpans();
    expect(inner).toMatchObject({
      name: "database",
      parentSpanContext: { traceId: callerTrace, spanId: span?.spanContext().spanId },
    });
  });

  it("the handler can send it on, with the caller's state and whether it is sampled", async () => {
    const { gateway, conns } = await setUp();
    for (const flags of ["01", "00"]) {
      const caller = `00-${callerTrace}-${callerSpan}-${flags}`;
      await gateway.rpc(request("test.ok", { traceparent: caller, tracestate: "vendor=1" }));
      const conn = conns.at(-1);
      expect(conn?.traceparent).toMatch(new RegExp(`^00-${callerTrace}-[\\da-f]{16}-${flags}$`));
      expect(conn?.traceparent).not.toBe(caller);
      expect(conn?.tracestate).toBe("vendor=1");
    }
    const span = only(exporter.getFinishedSpans());
    expect(conns[0]?.traceparent).toBe(`00-${callerTrace}-${span.spanContext().spanId}-01`);
  });

  it("two calls at a time do not see each other's", async () => {
    const { gateway } = await setUp();
    await Promise.all(
      ["a", "b"].map((id) =>
        gateway.rpc(request("test.traced", { correlation_id: id, traceparent: undefined })),
      ),
    );
    const spans = exporter.getFinishedSpans();
    const inner = spans.filter(({ name }) => name === "database");
    const parents = inner.map(({ parentSpanContext }) => parentSpanContext?.spanId);
    expect(new Set(parents).size).toBe(2);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(2);
  });

  it("the log lines and the end of the call name the trace", async () => {
    const lines: object[] = [];
    const ends: CallEnd[] = [];
    const { gateway } = await setUp({
      log: recordingLogger(lines),
      observers: [{ callStarted: () => ({ ended: (end) => void ends.push(end) }) }],
    });
    await gateway.rpc(request("test.logged", { traceparent }));
    const spanId = only(exporter.getFinishedSpans()).spanContext().spanId;
    expect(lines).toEqual([
      expect.objectContaining({
        trace_id: callerTrace,
        span_id: spanId,
        correlationId: expect.stringMatching(/^id-\d+$/),
      }),
    ]);
    expect(ends).toMatchObject([{ traceId: callerTrace }]);
  });

  it.each([
    [undefined],
    ["00-00000000000000000000000000000000-b7ad6b7169203331-01"],
    ["00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
    ["ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    ["00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01"],
    [`${traceparent}-more`],
    ["nonsense"],
    [7],
  ])("with the traceparent %s the call is a trace of its own", async (traceparent) => {
    const { gateway } = await setUp();
    await gateway.rpc(request("test.ok", { traceparent }));
    const span = only(exporter.getFinishedSpans());
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.spanContext().traceId).not.toBe(callerTrace);
  });

  it("a traceparent of a later version is read as far as it is known", async () => {
    const { gateway } = await setUp();
    await gateway.rpc(request("test.ok", { traceparent: `01-${traceparent.slice(3)}-more` }));
    expect(only(exporter.getFinishedSpans()).spanContext().traceId).toBe(callerTrace);
  });

  it("without the caller's trace it is a child of what is active, as of an HTTP request", async () => {
    const { gateway } = await setUp();
    const tracer = trace.getTracer("http");
    await tracer.startActiveSpan("POST /centrifugo/rpc", async (http) => {
      await gateway.rpc(request("test.ok"));
      http.end();
    });
    const [span, http] = exporter.getFinishedSpans();
    expect(span?.parentSpanContext?.spanId).toBe(http?.spanContext().spanId);
  });

  it.each([
    ["test.refuses", 1001, SpanStatusCode.UNSET],
    ["test.unavailable", 503, SpanStatusCode.ERROR],
    ["test.fails", 500, SpanStatusCode.ERROR],
  ])("%s ends with the code %i and the status %i", async (method, code, status) => {
    const { gateway } = await setUp();
    await gateway.rpc(request(method));
    const span = only(exporter.getFinishedSpans());
    expect(span.status.code).toBe(status);
    expect(span.attributes).toMatchObject({
      "rpc.response.status_code": String(code),
      "error.type": String(code),
    });
  });

  it("an unexpected error is recorded with its stack, and nothing of it reaches the caller", async () => {
    const { gateway } = await setUp();
    const { result } = await gateway.rpc(request("test.fails"));
    expect(JSON.stringify(result)).not.toContain("the secret reason");
    expect(only(exporter.getFinishedSpans()).events).toMatchObject([
      {
        name: "exception",
        attributes: {
          "exception.message": "the secret reason",
          "exception.stacktrace": expect.stringContaining("tracing.test"),
        },
      },
    ]);
  });

  it("an unknown method has one name for all", async () => {
    const { gateway } = await setUp();
    await gateway.rpc(request("test.invented"));
    expect(only(exporter.getFinishedSpans())).toMatchObject({
      name: "_OTHER",
      attributes: { "rpc.method": "_OTHER" },
    });
  });

  it("a call is one span, whose end is the call's own, when it is deferred and repeated", async () => {
    const { gateway, release } = await setUp({ inlineTimeoutMs: 1 });
    const held = { correlation_id: "held" };
    await gateway.rpc(request("test.held", held));
    await gateway.rpc(request("test.held", { ...held, attempt: 2 }));
    expect(exporter.getFinishedSpans()).toEqual([]);
    release();
    await gateway.close();
    const span = only(exporter.getFinishedSpans());
    expect(span.attributes["rpc.centrifugo.deferred"]).toBe(true);
    expect(span.events.map(({ name }) => name)).toEqual(["reply deferred", "call repeated"]);
  });
});

describe("without an SDK", () => {
  afterEach(() => trace.disable());

  it("calls work, and their log lines name the caller's trace", async () => {
    const lines: object[] = [];
    const { gateway } = await setUp({ log: recordingLogger(lines) });
    await gateway.rpc(request("test.logged", { traceparent }));
    await gateway.rpc(request("test.logged"));
    expect(lines).toMatchObject([{ trace_id: callerTrace }, {}]);
    expect(lines[1]).not.toHaveProperty("trace_id");
  });

  it("the handler can send on what the caller sent, and nothing of its own", async () => {
    const { gateway, conns } = await setUp();
    const sent = { traceparent, tracestate: "vendor=1" };
    await gateway.rpc(request("test.ok", sent));
    await gateway.rpc(request("test.ok", { traceparent: "nonsense", tracestate: "vendor=1" }));
    await gateway.rpc(request("test.ok"));
    const [first, second, third] = conns;
    expect(first).toMatchObject(sent);
    for (const conn of [second, third]) {
      expect(conn).not.toHaveProperty("traceparent");
      expect(conn).not.toHaveProperty("tracestate");
    }
  });

  it("one that is set up later is used from then on", async () => {
    const { gateway } = await setUp();
    exporter.reset();
    await gateway.rpc(request("test.ok"));
    trace.setGlobalTracerProvider(
      new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
    );
    await gateway.rpc(request("test.ok"));
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });
});

function only(spans: readonly ReadableSpan[]): ReadableSpan {
  expect(spans).toHaveLength(1);
  return spans[0]!;
}

async function setUp(options: Partial<GatewayOptions> = {}) {
  const registry = new Registry();
  const schema = z.object({});
  const conns: ConnectionContext[] = [];
  const add = (name: string, run: (log: Logger) => Promise<unknown>) =>
    websocketRpc(name, { params: schema, result: schema, idempotent: true, registry })(
      async (conn) => {
        conns.push(conn);
        await run(conn.log);
        return {};
      },
    );
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  add("test.ok", async () => undefined);
  add("test.held", () => held);
  add("test.logged", async (log) => log.info("from the handler"));
  add("test.refuses", () => Promise.reject(new RPCError(1001)));
  add("test.unavailable", () => Promise.reject(RPCError.of("unavailable")));
  add("test.fails", () => Promise.reject(new Error("the secret reason")));
  add("test.traced", async () => {
    await new Promise((resolve) => setImmediate(resolve));
    trace.getTracer("test").startSpan("database").end();
  });

  const gateway = createGateway({
    router: createRouter(registry),
    publisher: { publish: async () => undefined },
    ...options,
    tracing: await createTracing(),
  });
  return { gateway, release, conns };
}

/** Keeps the lines that handlers write, with their bindings. */
function recordingLogger(lines: object[], bindings: object = {}): Logger {
  return {
    ...silentLogger,
    info: () => void lines.push(bindings),
    child: (more) => recordingLogger(lines, { ...bindings, ...more }),
  };
}
