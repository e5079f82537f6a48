import { register } from "prom-client";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RPCError, type RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, websocketRpc } from "../../handlers/index.js";
import { createFetchHandler } from "../http/fetch-handler.js";
import { type CallStore, ENDED } from "../calls/call-store.js";
import { createGateway, type GatewayOptions } from "../gateway.js";
import { createMetrics, type MetricsOptions } from "./metrics.js";

const request = (method: string, id: string, fields: object = {}): RpcProxyRequest => ({
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
  method,
  data: { $rpc: 1, correlation_id: id, params: {}, ...fields },
});

describe("the metrics of calls", () => {
  it("count them by method and code, and measure how long they took", async () => {
    const { gateway, samples } = setUp();
    await gateway.rpc(request("test.ok", "id-1"));
    await gateway.rpc(request("test.ok", "id-2"));
    await gateway.rpc(request("test.fails", "id-3"));
    expect(await samples("centrifugo_rpc_calls_total")).toEqual({
      'method="test.ok",code="0"': 2,
      'method="test.fails",code="1001"': 1,
    });
    expect(await samples("centrifugo_rpc_call_duration_seconds_count")).toEqual({
      'method="test.ok"': 2,
      'method="test.fails"': 1,
    });
    const buckets = await samples("centrifugo_rpc_call_duration_seconds_bucket");
    expect(buckets['le="+Inf",method="test.ok"']).toBe(2);
    expect(buckets['le="300",method="test.ok"']).toBe(2);
  });

  it("show what runs, what is deferred and repeated, and what became of the replies", async () => {
    const { gateway, samples, release } = setUp({ inlineTimeoutMs: 1 });
    await gateway.rpc(request("test.held", "id-1"));
    await gateway.rpc(request("test.held", "id-1", { attempt: 2 }));
    const running = { 'method="test.held"': 1 };
    expect(await samples("centrifugo_rpc_calls_in_flight")).toEqual(running);
    expect(await samples("centrifugo_rpc_calls_deferred_total")).toEqual(running);
    expect(await samples("centrifugo_rpc_calls_repeated_total")).toEqual({ "": 1 });
    release();
    await gateway.close();
    expect(await samples("centrifugo_rpc_calls_in_flight")).toEqual({ 'method="test.held"': 0 });
    expect(await samples("centrifugo_rpc_deferred_replies_total")).toEqual({
      'outcome="published"': 1,
    });
  });

  it("count those whose time was up before they started, and those that returned too late", async () => {
    const { gateway, samples } = setUp({ calls: hangingStore });
    await gateway.rpc(request("test.ok", "id-1", { timeout_ms: 5 }));
    expect(await samples("centrifugo_rpc_calls_refused_total")).toEqual({ 'code="408"': 1 });
    const single = setUp();
    await single.gateway.rpc(request("test.busy", "id-2", { timeout_ms: 5 }));
    expect(await single.samples("centrifugo_rpc_calls_total")).toEqual({
      'method="test.busy",code="408"': 1,
    });
  });

  it("count callers that had gone, whose calls do not start", async () => {
    const { gateway, metrics, samples } = setUp();
    const abort = new AbortController();
    abort.abort();
    const handle = createFetchHandler({ gateway, proxySecret: "secret" });
    await handle(
      new Request("http://localhost/centrifugo/rpc", {
        method: "POST",
        headers: { "X-Proxy-Secret": "secret" },
        body: JSON.stringify(request("test.ok", "id-1")),
        signal: abort.signal,
      }),
    );
    expect(await samples("centrifugo_rpc_callers_gone_total")).toEqual({ 'started="false"': 1 });
    expect(await metrics.text()).not.toContain("centrifugo_rpc_calls_total{");
  });

  it("count refused ones by code", async () => {
    const { gateway, samples } = setUp();
    await gateway.rpc(request("test.ok", ""));
    await gateway.rpc({ ...request("test.ok", "id-1"), user: "" });
    expect(await samples("centrifugo_rpc_calls_refused_total")).toEqual({
      'code="400"': 1,
      'code="401"': 1,
    });
  });

  it("have one series for all the names that callers invent", async () => {
    const { gateway, samples } = setUp();
    for (let i = 0; i < 50; i++) await gateway.rpc(request(`test.invented_${i}`, `id-${i}`));
    expect(await samples("centrifugo_rpc_calls_total")).toEqual({
      'method="(unknown)",code="404"': 50,
    });
  });
});

describe("the metrics of publications and acknowledgements", () => {
  it("count them", async () => {
    const { gateway, samples } = setUp();
    const { observers } = gateway;
    const message = { messageId: "m1", channel: "c", data: {}, startedAt: new Date() };
    const ack = { messageId: "m1", userId: "42", clientId: "c1" };
    const waiting = observers.publicationStarted({ ...message, waitForAck: true });
    observers.ackReceived({ ...ack, accepted: true });
    observers.ackReceived({ ...ack, accepted: false });
    waiting.ended({ status: "partial", acksReceived: 1, durationMs: 2000 });
    expect(await samples("centrifugo_rpc_publications_total")).toEqual({
      'status="partial",wait_for_ack="true"': 1,
    });
    expect(await samples("centrifugo_rpc_publication_duration_seconds_sum")).toEqual({
      'wait_for_ack="true"': 2,
    });
    expect(await samples("centrifugo_rpc_acks_total")).toEqual({
      'accepted="true"': 1,
      'accepted="false"': 1,
    });
  });
});

describe("the metrics of requests", () => {
  it("count those of Centrifugo's routes that were refused", async () => {
    const { gateway, samples } = setUp();
    const handle = createFetchHandler({ gateway, proxySecret: "right" });
    const post = (secret: string, body: string) =>
      handle(
        new Request("http://gateway/centrifugo/rpc", {
          method: "POST",
          body,
          headers: { "X-Proxy-Secret": secret },
        }),
      );
    await post("wrong", "{}");
    await post("right", "{");
    await post("right", "x".repeat(3 * 1024 * 1024));
    expect(await samples("centrifugo_rpc_requests_refused_total")).toEqual({
      'routes="proxy",reason="unauthenticated"': 1,
      'routes="proxy",reason="malformed"': 1,
      'routes="proxy",reason="too_large"': 1,
    });
  });
});

describe("the metrics of the call log", () => {
  it("are its figures at the time of reading", async () => {
    const figures = { written: 7, dropped: 2, backlog: 3 };
    const { samples } = setUp({}, { callLog: () => figures });
    expect(await samples("centrifugo_rpc_call_log_written_total")).toEqual({ "": 7 });
    figures.written = 9;
    expect(await samples("centrifugo_rpc_call_log_written_total")).toEqual({ "": 9 });
    expect(await samples("centrifugo_rpc_call_log_dropped_total")).toEqual({ "": 2 });
    expect(await samples("centrifugo_rpc_call_log_backlog")).toEqual({ "": 3 });
  });

  it("are left out when there is none", async () => {
    expect(await setUp().metrics.text()).not.toContain("call_log");
  });
});

describe("the metrics of handler services", () => {
  it("say at the time of reading which of them answer", async () => {
    const first: { url: string; state: "up" | "down" } = { url: "http://a", state: "up" };
    const states = [first, { url: "http://b/rpc", state: "down" as const }];
    const { samples } = setUp({}, { handlerServices: () => states });
    expect(await samples("centrifugo_rpc_handler_service_up")).toEqual({
      'service="http://a"': 1,
      'service="http://b/rpc"': 0,
    });
    first.state = "down";
    expect(await samples("centrifugo_rpc_handler_service_up")).toMatchObject({
      'service="http://a"': 0,
    });
  });

  it("are left out when there are none", async () => {
    expect(await setUp().metrics.text()).not.toContain("handler_service");
  });
});

it("metrics have a registry of their own, with those of the process", async () => {
  const texts = await Promise.all([createMetrics().text(), createMetrics().text()]);
  for (const text of texts) expect(text).toContain("process_cpu_seconds_total");
  expect(register.getMetricsAsArray()).toEqual([]);
});

/** A store that never answers a claim. */
const hangingStore: CallStore = {
  claim: () => new Promise(() => undefined),
  epoch: () => "epoch",
  end: () => ENDED,
  forget: () => ENDED,
  areRunning: () => [],
  cancel: async () => false,
  onCancel: () => undefined,
  close: async () => undefined,
};

function setUp(options: Partial<GatewayOptions> = {}, figures: MetricsOptions = {}) {
  const registry = new Registry();
  const schema = z.object({});
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  const add = (name: string, run: () => Promise<unknown>) =>
    websocketRpc(name, { params: schema, result: schema, registry })(async () => {
      await run();
      return {};
    });
  add("test.ok", async () => undefined);
  add("test.fails", () => Promise.reject(new RPCError(1001)));
  add("test.held", () => held);
  add("test.busy", async () => {
    const end = performance.now() + 20;
    while (performance.now() < end);
  });

  const metrics = createMetrics(figures);
  const gateway = createGateway({
    router: createRouter(registry),
    publisher: { publish: async () => undefined },
    observers: [metrics.observer],
    ...options,
  });
  /** The samples of a name, by their labels. */
  async function samples(name: string): Promise<Record<string, number>> {
    const lines = (await metrics.text()).split("\n");
    const found = lines.flatMap((line) => {
      const [, sample, labels = "", value] = /^([\w:]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return sample === name ? [[labels, Number(value)] as const] : [];
    });
    return Object.fromEntries(found);
  }
  return { gateway, metrics, samples, release };
}
