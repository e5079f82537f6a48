// What `serve` tells of its work: log lines, metrics and traces.
import { describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { CONFIG_VARIABLES } from "../../config/index.js";
import { Project } from "../../../testing/command-line.js";

const secrets = {
  centrifugoApiKey: "hush-hush-1",
  centrifugoTokenHmacSecret: "hush-hush-2",
  proxySecret: "hush-hush-3",
  wrapperApiKey: "hush-hush-4",
};

/** Handlers of a careless author. */
const handlers = `
import { loadProjectConfig, websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

const config = await loadProjectConfig();
const Params = z.object({ name: z.string() });

websocketRpc("greet", { params: Params, result: z.object({ text: z.string() }) })(
  async (conn, { name }) => {
    conn.log.info(config, "whole");
    conn.log.info({ config }, "inside");
    conn.log.child({ ...config }).info("child");
    conn.log.info({ name }, "name");
    return { text: "Hello " + name };
  },
);`;

const caller = { trace: "0af7651916cd43dd8448eb211c80319c", span: "b7ad6b7169203331" };

describe("serve", () => {
  it("logs a JSON line for each call that callers cannot forge, without secrets", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const { gateway, serving } = await serve(project);
    const name = 'Eve"}\n{"level":50,"msg":"forged"}';
    expect(await gateway.call("greet", { name })).toMatchObject({ result: { data: {} } });
    const lines = [
      await serving.line(/"msg":"whole"/),
      await serving.line(/"msg":"inside"/),
      await serving.line(/"msg":"child"/),
      await serving.line(/"msg":"name"/),
      await serving.line(/"msg":"call ended"/),
    ];
    expect(lines.join("")).not.toContain("hush-hush");
    const call = {
      level: 30,
      method: "greet",
      correlationId: "id-1",
      userId: "42",
      trace_id: caller.trace,
    };
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { ...call, wrapperApiKey: "[secret]" },
      { ...call, config: { wrapperApiKey: "[secret]" } },
      { ...call, wrapperApiKey: "[secret]" },
      { ...call, name },
      { ...call, status: "success", code: 0, durationMs: expect.any(Number) },
    ]);
  });

  it("logs at the configured level", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const { gateway, serving } = await serve(project, { CENTRIFUGO_LOG_LEVEL: "warn" });
    await gateway.call("greet", { name: "Ann" });
    await gateway.get("/metrics", "X-Unknown");
    // The first line that comes.
    expect(await serving.line(/^\{/)).toContain('"level":40');
  });

  it("serves metrics to callers with the API key", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const { gateway } = await serve(project);
    await gateway.call("greet", { name: "Ann" });
    expect((await gateway.get("/metrics")).status).toBe(401);
    const { status, text } = await gateway.get("/metrics", "X-API-Key");
    expect(status).toBe(200);
    expect(text).toContain('centrifugo_rpc_calls_total{method="greet",code="0"} 1');
    expect(text).toContain('reason="unauthenticated"} 1');
  });

  it("serves metrics to everyone if configured", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const { gateway } = await serve(project, { CENTRIFUGO_METRICS_PUBLIC: "true" });
    expect((await gateway.get("/metrics")).status).toBe(200);
  });

  it("traces calls with the SDK that is loaded before it", async () => {
    await using project = new Project({
      "handlers.ts": handlers,
      "tracing.mjs": `
        import { trace } from "@opentelemetry/api";
        import { BasicTracerProvider, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
        const exporter = {
          export([span], done) {
            console.log("span", span.name, span.parentSpanContext.spanId, span.spanContext().traceId);
            done({ code: 0 });
          },
          shutdown: async () => undefined,
        };
        const spanProcessors = [new SimpleSpanProcessor(exporter)];
        trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));`,
    });
    const { gateway, serving } = await serve(project, { NODE_OPTIONS: "--import ./tracing.mjs" });
    await gateway.call("greet", { name: "Ann" });
    expect(await serving.line(/^span/)).toBe(`span greet ${caller.span} ${caller.trace}`);
  });

  it("works without the package @opentelemetry/api", async () => {
    await using project = new Project({
      "handlers.ts": handlers,
      "hide.mjs": `
        import { register } from "node:module";
        const hooks = \`export const resolve = (name, context, next) =>
          next(name === "@opentelemetry/api" ? "not-installed" : name, context);\`;
        register("data:text/javascript," + encodeURIComponent(hooks));`,
    });
    const { gateway, serving } = await serve(project, { NODE_OPTIONS: "--import ./hide.mjs" });
    await gateway.call("greet", { name: "Ann" });
    expect(await serving.line(/"msg":"call ended"/)).not.toContain("trace_id");
  });
});

async function serve(project: Project, more: Record<string, string> = {}) {
  const url = `http://127.0.0.1:${await freePort()}`;
  const fields = {
    ...secrets,
    wrapperUrl: url,
    centrifugoUrl: "ws://127.0.0.1:9",
    centrifugoApiUrl: "http://127.0.0.1:9/api",
  };
  const env = Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      CONFIG_VARIABLES[field as keyof typeof fields],
      value,
    ]),
  );
  const args = ["serve", "handlers.ts", "--port", new URL(url).port, "--grace", "0"];
  const serving = project.start(args, { env: { ...env, ...more } });
  await untilHealthy(`${url}/health`);
  return { serving, gateway: gatewayAt(url) };
}

/** At some levels it does not say that it is ready. */
async function untilHealthy(url: string): Promise<void> {
  await expect
    .poll(
      async () =>
        await fetch(url).then(
          (response) => response.ok,
          () => false,
        ),
    )
    .toBe(true);
}

function gatewayAt(url: string) {
  return {
    /** A call as Centrifugo hands it on. */
    async call(method: string, params: object): Promise<unknown> {
      const traceparent = `00-${caller.trace}-${caller.span}-01`;
      const response = await fetch(`${url}/centrifugo/rpc`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Proxy-Secret": secrets.proxySecret },
        body: JSON.stringify({
          client: "c1",
          transport: "websocket",
          protocol: "json",
          encoding: "json",
          user: "42",
          method,
          data: { $rpc: 1, correlation_id: "id-1", params, traceparent },
        }),
      });
      return await response.json();
    },
    async get(path: string, keyHeader?: string): Promise<{ status: number; text: string }> {
      const headers = keyHeader === undefined ? {} : { [keyHeader]: secrets.wrapperApiKey };
      const response = await fetch(`${url}${path}`, { headers });
      return { status: response.status, text: await response.text() };
    },
  };
}
