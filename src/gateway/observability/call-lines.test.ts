import { Writable } from "node:stream";
import { pino } from "pino";
import { expect, it } from "vitest";
import { z } from "zod";
import { RPCError, type RpcProxyRequest } from "../../protocol/index.js";
import { createRouter, Registry, websocketRpc } from "../../handlers/index.js";
import { createCallLines } from "./call-lines.js";
import { createGateway } from "../gateway.js";

const request: RpcProxyRequest = {
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
  method: "test.fails",
  data: { $rpc: 1, correlation_id: "id-1", params: { password: "hush-hush" } },
};

it("a call is one line, with who, what, how long and the code, and without its params", async () => {
  const { gateway, lines } = setUp();
  await gateway.rpc(request);
  expect(lines()).toEqual([
    {
      level: 30,
      time: expect.any(Number),
      msg: "call ended",
      method: "test.fails",
      correlationId: "id-1",
      userId: "42",
      clientId: "c1",
      status: "failed",
      code: 1001,
      durationMs: expect.any(Number),
      attempts: 1,
      deferred: false,
    },
  ]);
});

it("a refused call is a line, too", async () => {
  const { gateway, lines } = setUp();
  await gateway.rpc({ ...request, user: "" });
  expect(lines()).toMatchObject([
    { msg: "call refused", method: "test.fails", userId: "", code: 401 },
  ]);
});

it("what a caller writes neither ends a line nor makes one, and long names are cut", async () => {
  const { gateway, lines } = setUp();
  const forged = 'x"}\n{"level":50,"msg":"forged"}\u2028\r\n';
  await gateway.rpc({ ...request, method: forged, client: forged });
  await gateway.rpc({ ...request, user: "43", method: "y".repeat(100_000) });
  expect(lines()).toMatchObject([
    { method: forged, clientId: forged, code: 404 },
    { method: "y".repeat(255), code: 404 },
  ]);
});

it("a publication is a line", async () => {
  const { gateway, lines } = setUp();
  const { observers } = gateway;
  const message = { messageId: "m1", channel: "news", data: "hush-hush", startedAt: new Date() };
  const end = { acksReceived: 1, durationMs: 12.3456789 };
  observers
    .publicationStarted({ ...message, waitForAck: true, acksExpected: 2 })
    .ended({ ...end, status: "partial", acksExpected: 2 });
  observers
    .publicationStarted({ ...message, waitForAck: false })
    .ended({ ...end, status: "failed", acksReceived: 0, error: new Error("no broker") });
  const head = { msg: "publication ended", messageId: "m1", channel: "news", durationMs: 12.346 };
  expect(lines()).toMatchObject([
    { ...head, status: "partial", acksReceived: 1, acksExpected: 2 },
    { ...head, status: "failed", err: { message: "no broker" } },
  ]);
  expect(JSON.stringify(lines())).not.toContain("hush-hush");
});

function setUp() {
  let written = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const log = pino({ base: null }, stream);
  const registry = new Registry();
  const schema = z.record(z.string(), z.unknown());
  websocketRpc("test.fails", { params: schema, result: schema, registry })(() =>
    Promise.reject(new RPCError(1001)),
  );
  const gateway = createGateway({
    router: createRouter(registry),
    publisher: { publish: async () => undefined },
    observers: [createCallLines(log)],
  });
  return {
    gateway,
    /** One for each line that ends, so that a line that was forged counts. */
    lines: (): unknown[] =>
      written
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as unknown),
  };
}
