// A handler service in Python remembers its calls: docs/handler-services.md, "Repeated requests".
import { createRouter } from "centrifugo-rpc";
import { createGateway } from "centrifugo-rpc/gateway";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { findPython } from "../../testing/toolchains.js";
import type { SuiteHandlers } from "../stack/handlers.js";
import { startPythonHandlers } from "../stack/python-handlers.js";
import { startTcpProxy, type TcpProxy } from "../stack/tcp-proxy.js";

describe.skipIf(findPython() === undefined)("a call of a service in Python", () => {
  let handlers: SuiteHandlers;
  let network: TcpProxy;
  beforeAll(async () => {
    handlers = await startPythonHandlers(findPython() ?? "", async (url) => {
      network = await startTcpProxy(Number(new URL(url).port));
      return `http://127.0.0.1:${network.port}`;
    });
  });
  afterAll(async () => {
    await handlers?.close();
    await network?.close();
  });

  function startGateway() {
    const gateway = createGateway({
      router: createRouter(handlers.methods),
      publisher: { publish: async () => undefined },
      inlineTimeoutMs: 60_000,
    });
    onTestFinished(() => gateway.close({ drainMs: 0 }));
    const rpc = async (method: string, data: object): Promise<unknown> => {
      const request = { client: "c", transport: "websocket", protocol: "json", encoding: "json" };
      const { result } = await gateway.rpc({
        ...request,
        user: "42",
        method,
        data: { $rpc: 1, ...data },
      });
      return result?.data;
    };
    /** A call that runs until the test releases `key`. */
    const call = async (key: string, again: object = {}): Promise<unknown> =>
      await rpc("slow.held", {
        correlation_id: key,
        params: { key },
        timeout_ms: 60_000,
        ...again,
      });
    return { gateway, rpc, call };
  }

  test("runs once and has its reply when the connection is lost", async () => {
    const { call } = startGateway();
    const reply = call("cut");
    await handlers.events.next("started", "cut");
    const reconnected = network.nextConnection();
    network.drop();
    await reconnected;
    handlers.events.add("released", "cut");
    expect(await reply).toMatchObject({ result: { key: "cut" } });
    expect(handlers.events.count("started", "cut")).toBe(1);
  });

  test("runs once and has its reply when its gateway ends", async () => {
    const first = startGateway();
    const lost = first.call("moved");
    await handlers.events.next("started", "moved");
    await first.gateway.close({ drainMs: 0 });
    expect(await lost).toMatchObject({ error: { code: 503 } });
    const again = startGateway().call("moved", { attempt: 2, epoch: "of the first gateway" });
    handlers.events.add("released", "moved");
    expect(await again).toMatchObject({ result: { key: "moved" } });
    expect(handlers.events.count("started", "moved")).toBe(1);
  });

  test("stops when the caller cancels", async () => {
    const { call, rpc } = startGateway();
    const reply = call("cancelled");
    await handlers.events.next("started", "cancelled");
    await rpc("$rpc.cancel", { correlation_id: "cancelled" });
    expect(await reply).toMatchObject({ error: { code: 499 } });
    await handlers.events.next("aborted", "cancelled");
  });

  test("is not run when it may have run in a gateway that is gone", async () => {
    const { call } = startGateway();
    const reply = await call("unknown", { attempt: 2, epoch: "of another gateway" });
    expect(reply).toMatchObject({ error: { code: 409, details: { ran: null } } });
    expect(handlers.events.count("started", "unknown")).toBe(0);
  });
});
