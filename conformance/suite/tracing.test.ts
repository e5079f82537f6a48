// One trace from the caller to the handler, through every broker.
import { context, SpanKind, trace, type Span, type SpanContext } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { Centrifuge } from "centrifuge";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Stack } from "../stack/stack.js";
import { eachBroker, eachBrokerWithPythonHandlers } from "./pairs.js";

const exporter = new InMemorySpanExporter();
const open: { disconnect(): void }[] = [];

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  );
});
beforeEach(() => exporter.reset());
afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});
afterAll(() => {
  trace.disable();
  context.disable();
});

eachBroker((stack) => {
  it("the handler's span is a child of the caller's, whose context the client sends", async () => {
    const caller = trace.getTracer("application").startSpan("page");
    const inHandler = await callWithin(caller, stack(), "trace.active");
    expect(serverSpan(inHandler)).toEqual(childOf(caller));
  });

  it("the same holds for a deferred reply, and for a plain SDK with an envelope", async () => {
    const client = new Centrifuge(stack().url, {
      token: await stack().token("42"),
      websocket: WebSocket,
    });
    open.push(client);
    client.connect();
    await client.ready();
    const replies = client.newSubscription("user#42");
    const subscribed = new Promise((resolve) => replies.once("subscribed", resolve));
    replies.subscribe();
    await subscribed;
    const reply = new Promise<{ result: unknown }>((resolve) =>
      replies.once("publication", ({ data }) => resolve(data as { result: unknown })),
    );

    const caller = trace.getTracer("application").startSpan("script");
    const { data } = await client.rpc("trace.active", {
      $rpc: 1,
      correlation_id: "traced-1",
      params: { slowly: true, key: "traced-1" },
      ...headers(caller),
    });
    expect(data).toMatchObject({ pending: true });
    stack().events.add("released", "traced-1");
    expect(serverSpan((await reply).result)).toEqual(childOf(caller));
  });
});

eachBrokerWithPythonHandlers(({ stack }) => {
  it("a handler in a service receives the gateway's span, which is a child of the caller's", async () => {
    const caller = trace.getTracer("application").startSpan("page");
    const inHandler = await callWithin(caller, stack(), "trace.received");
    const span = exporter.getFinishedSpans().find(({ name }) => name === "trace.received");
    expect(span?.kind).toBe(SpanKind.SERVER);
    expect(span?.parentSpanContext).toMatchObject({ spanId: caller.spanContext().spanId });
    expect(inHandler).toEqual(contextHeaders(span!.spanContext()));
  });
});

async function callWithin(caller: Span, stack: Stack, method: string): Promise<unknown> {
  const traceContext = () => headers(trace.getActiveSpan());
  const rpc = new CentrifugoRPCClient(stack.url, await stack.token("42"), "42", { traceContext });
  open.push(rpc);
  await rpc.connect();
  return await context.with(trace.setSpan(context.active(), caller), () => rpc.call(method, {}));
}

/** What an SDK puts into HTTP headers for a span. */
function headers(span: Span | undefined): { traceparent?: string } {
  return span ? contextHeaders(span.spanContext()) : {};
}

function contextHeaders({ traceId, spanId, traceFlags }: SpanContext): { traceparent: string } {
  return { traceparent: `00-${traceId}-${spanId}-0${traceFlags}` };
}

/** The server's span, and whether it was the active one in the handler, which returns that. */
function serverSpan(inHandler: unknown) {
  const span = exporter.getFinishedSpans().find(({ name }) => name === "trace.active");
  const active = inHandler as Partial<SpanContext>;
  return {
    kind: span?.kind,
    parent: span?.parentSpanContext,
    traceId: active.traceId,
    wasActive: active.spanId === span?.spanContext().spanId,
  };
}

function childOf(caller: Span) {
  const { traceId, spanId } = caller.spanContext();
  const parent = expect.objectContaining({ traceId, spanId, isRemote: true }) as object;
  return { kind: SpanKind.SERVER, parent, traceId, wasActive: true };
}
