import { z } from "zod";
import { RPCError, type RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, websocketRpc } from "../../handlers/index.js";
import { createGateway, type GatewayOptions } from "../gateway.js";
import type { Publisher } from "../centrifugo/broker-publisher.js";

export const tooLarge = "x".repeat(1024 * 1024);
export const connection = {
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
};
export const call = (user: string, method: string, data: unknown): RpcProxyRequest => ({
  ...connection,
  user,
  method,
  data,
});
export const envelope = (correlationId: string, fields: object = {}) => ({
  $rpc: 1,
  correlation_id: correlationId,
  params: {},
  ...fields,
});

/** A gateway with methods that end in different ways, and what it publishes. */
export function setUp(options: Partial<GatewayOptions> & { failures?: number } = {}) {
  const publications: object[] = [];
  let failures = options.failures ?? 0;
  const publisher: Publisher = {
    async publish(channel, data, publishOptions) {
      if (failures-- > 0) throw new Error("Centrifugo is down");
      publications.push({ channel, data, ...publishOptions });
    },
  };
  const { registry, handlers } = testMethods();
  const gateway = createGateway({ router: createRouter(registry), publisher, ...options });
  return { gateway, publications, handlers };
}

function testMethods() {
  const registry = new Registry();
  const method = (name: string, run: Parameters<ReturnType<typeof anyMethod>>[0]) =>
    anyMethod(registry, name)(run);
  const anyParams = z.record(z.string(), z.unknown().optional());

  websocketRpc("math.add", {
    idempotent: true,
    params: z.object({ a: z.int(), b: z.int() }),
    result: z.object({ sum: z.int() }),
    registry,
  })(async (_conn, { a, b }) => ({ sum: a + b }));
  method("fail.application", async () => {
    throw new RPCError(1001, "quota used up", { limit: 10 });
  });
  method("fail.unexpected", async () => {
    throw new Error("secret");
  });
  method("slow.forever", async (conn) => {
    await new Promise((resolve) => conn.signal.addEventListener("abort", resolve));
    return {};
  });
  method("test.who", async ({ userId, clientId, correlationId, meta }) => ({
    userId,
    clientId,
    correlationId,
    meta,
  }));
  method("test.large", async () => ({ text: tooLarge }));
  method("test.circle", async () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    return circle;
  });

  websocketRpc("test.function", { params: anyParams, result: z.any(), registry })(
    async () => () => 1,
  );

  let release!: (result: Record<string, unknown>) => void;
  const released = new Promise<Record<string, unknown>>((resolve) => (release = resolve));
  const handlers = { runs: 0, signals: [] as AbortSignal[], release };
  method("test.held", async (conn) => {
    handlers.runs++;
    handlers.signals.push(conn.signal);
    return await released;
  });
  return { registry, handlers };

  function anyMethod(into: Registry, name: string) {
    return websocketRpc(name, { params: anyParams, result: anyParams, registry: into });
  }
}
