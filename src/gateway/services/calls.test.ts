// docs/handler-services.md: a call, its answers, and what happens without one.
import { setMaxListeners } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ErrorCode, RPCError } from "../../protocol/index.js";
import { type ConnectionContext, createCaller, Registry } from "../../server/index.js";
import { callHandler } from "./call.js";
import { connectHandlerServices, type HandlerServices } from "./handler-services.js";
import { ServiceClient } from "./service-client.js";
import { type LoggedLine, recordingLogger } from "./testing/recording-logger.js";
import {
  type Answer,
  hangUp,
  type ReceivedCall,
  ScriptedService,
  sendJson,
} from "./testing/scripted-service.js";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

describe("a call", () => {
  it("is sent signed, with who calls and how much time is left", async () => {
    const { service, call } = await setUp();
    const deadline = new Date(Date.now() + 10_000);
    const conn = {
      userId: "42",
      clientId: "c1",
      transport: "websocket",
      protocol: "json",
      meta: { tenant: 7 },
      correlationId: "id-1",
      deadline,
    };
    expect(await call({ text: "é 日本 🏓" }, conn)).toEqual({ text: "é 日本 🏓" });
    const { headers, body } = await service.nextCall();
    expect(body).toEqual({
      version: 1,
      method: "test.run",
      params: { text: "é 日本 🏓" },
      correlation_id: "id-1",
      timeout_ms: expect.any(Number),
      connection: {
        user_id: "42",
        client_id: "c1",
        transport: "websocket",
        protocol: "json",
        meta: { tenant: 7 },
      },
    });
    expect(body.timeout_ms).toBeGreaterThan(5000);
    expect(body.timeout_ms).toBeLessThanOrEqual(10_000);
    expect(headers["content-type"]).toBe("application/json");
    expect(headers).not.toHaveProperty("traceparent");
    expect(service.refused).toBe(0);
  });

  it("carries the trace in the headers of Trace Context", async () => {
    const { service, call } = await setUp();
    const trace = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "vendor=1",
    };
    await call({}, trace);
    expect((await service.nextCall()).headers).toMatchObject(trace);
  });

  it("has no params where the method takes none", async () => {
    const { service, services } = await setUp({ pollMs: 5 });
    service.change({ name: "test.none", result: {} });
    await known(services, "test.none");
    service.onCall = (response) => sendJson(response, 200, { result: 1 });
    const caller = createCaller({ registry: services });
    expect(await caller.call("test.none")).toBe(1);
    expect((await service.nextCall()).body).not.toHaveProperty("params");
    await expect(caller.call("test.none", { a: 1 })).rejects.toMatchObject({ code: 400 });
    expect(service.calls).toHaveLength(1);
  });

  it("goes below the path of the service's URL, which may end with a slash", async () => {
    for (const path of ["", "/a/b", "/a%20b"]) {
      const service = await ScriptedService.start(["test.run"], { path });
      cleanups.push(() => service.stop());
      for (const url of [service.url, `${service.url}/`]) {
        const { secret } = service;
        const services = await connectHandlerServices({
          urls: [url],
          secret,
          handlers: new Registry(),
        });
        cleanups.push(() => services.close());
        expect(await createCaller({ registry: services }).call("test.run", url)).toBe(url);
      }
    }
  });

  it("has at least a millisecond", async () => {
    const { service, call } = await setUp({ onCall: () => undefined });
    const late = call({}, { deadline: new Date(Date.now() - 1000) });
    await expect(late).rejects.toMatchObject({ code: ErrorCode.deadline_exceeded });
    for (const { body } of service.calls) expect(body.timeout_ms).toBe(1);
  });
});

describe("an answer", () => {
  it.each([null, 0, "", false, [], { a: [1, { b: null }] }])(
    "gives the result %j",
    async (result) => {
      const { call } = await setUp({ onCall: (response) => sendJson(response, 200, { result }) });
      expect(await call({})).toEqual(result);
    },
  );

  it.each([
    { code: 1001, message: "quota used up", details: { limit: 10 } },
    { code: 400, message: "wrong", details: { issues: [{ path: ["a", 0], message: "no" }] } },
    { code: 404, message: "no such method" },
    { code: 503, message: "later" },
  ])("gives the handler's error $code as it is", async (error) => {
    const { call, lines } = await setUp({
      onCall: (response) => sendJson(response, 200, { error }),
    });
    const failed = await failure(call({}));
    expect(failed.toWire()).toEqual(error);
    expect(problems(lines)).toEqual([]);
  });

  it("may have more fields", async () => {
    const { call } = await setUp({
      onCall: (response) => sendJson(response, 200, { result: 1, took_ms: 3 }),
    });
    expect(await call({})).toBe(1);
  });

  it("with __proto__ gives nothing a property that it does not have", async () => {
    const { call } = await setUp({
      onCall: (response) =>
        response
          .writeHead(200)
          .end('{"__proto__":{"result":1},"result":{"__proto__":{"admin":true}}}'),
    });
    const result = (await call({})) as object;
    expect(Object.keys(result)).toEqual(["__proto__"]);
    expect(result).not.toHaveProperty("admin");
    expect({}).not.toHaveProperty("admin");
  });

  it.each([
    [200, ""],
    [200, "no JSON"],
    [200, "{"],
    [200, "<html>Log in</html>"],
    [200, "null"],
    [200, "[]"],
    [200, '"result"'],
    [200, "{}"],
    [200, '{"__proto__":{"result":1}}'],
    [200, '{"result":1,"error":{"code":1001,"message":"both"}}'],
    [200, '{"error":null}'],
    [200, '{"error":"text"}'],
    [200, '{"error":{"message":"no code"}}'],
    [200, '{"error":{"code":"1001","message":"a text"}}'],
    [200, '{"error":{"code":399,"message":"of Centrifugo"}}'],
    [200, '{"error":{"code":2000,"message":"too large"}}'],
    [200, '{"error":{"code":1001.5,"message":"no integer"}}'],
    [200, '{"error":{"code":1e400,"message":"infinite"}}'],
    [200, '{"error":{"code":1001}}'],
    [200, '{"error":{"code":1001,"message":7}}'],
    [200, `{"result":${"[".repeat(300)}${"]".repeat(300)}}`],
    [200, `{"result":${"[".repeat(900_000)}`],
    [500, '{"error":{"code":1001,"message":"not from there"}}'],
    [201, '{"result":1}'],
    [204, ""],
    [400, "{}"],
    [405, "{}"],
    [418, "{}"],
  ])("of status %i with the body %.60s is an internal error", async (status, body) => {
    const { call, lines, service } = await setUp({
      onCall: (response) => response.writeHead(status).end(body),
    });
    const failed = await failure(call({}));
    expect(failed.toWire()).toEqual(RPCError.of("internal").toWire());
    expect(problems(lines)).toMatchObject([{ level: "error", url: service.url }]);
  });

  it("that is no HTTP is an internal error", async () => {
    const { call, lines } = await setUp({
      onCall: (response) => response.socket?.end("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
    });
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.internal });
    expect(problems(lines)).toMatchObject([{ level: "error" }]);
  });

  it.each([
    [503, "unavailable"],
    [401, "unavailable"],
    [403, "unavailable"],
    [404, "unavailable"],
    [301, "unavailable"],
    [302, "unavailable"],
    [307, "unavailable"],
    [308, "unavailable"],
    [413, "payload_too_large"],
    [429, "rate_limited"],
    [502, "outcome_unknown"],
    [504, "outcome_unknown"],
  ] as const)("of status %i means %s", async (status, name) => {
    const { call, service, lines } = await setUp({
      onCall: (response) => response.writeHead(status, { Location: "/rpc/contract" }).end("why"),
    });
    const asked = service.contractRequests.length;
    const failed = await failure(call({}));
    expect(failed.toWire()).toEqual(RPCError.of(name).toWire());
    // It followed no redirect.
    expect(service.calls).toHaveLength(1);
    expect(service.refused).toBe(0);
    expect(service.contractRequests).toHaveLength(asked);
    if (name !== "rate_limited") {
      expect(problems(lines)).toMatchObject([
        { url: service.url, reason: expect.stringContaining(String(status)) },
      ]);
    }
  });

  it("of 2 MiB is too large, and is not read to its end", async () => {
    const { call, service, lines } = await setUp({
      onCall: (response) => {
        const chunk = "x".repeat(64 * 1024);
        const more = (): void => {
          while (response.write(chunk));
        };
        response.on("drain", more).writeHead(200);
        more();
      },
    });
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.payload_too_large });
    await (
      await service.nextCall()
    ).closed;
    expect(problems(lines)).toMatchObject([{ reason: expect.stringContaining("2097152") }]);
  });

  it("never tells the caller where the service is", async () => {
    for (const status of [200, 302, 401, 500, 503]) {
      const { call, service } = await setUp({
        onCall: (response) => response.writeHead(status).end(),
      });
      const { message, details } = await failure(call({}));
      expect(`${message} ${JSON.stringify(details)}`).not.toContain(new URL(service.url).host);
      expect(`${message} ${JSON.stringify(details)}`).not.toContain("127.0.0.1");
    }
  });
});

describe("without an answer", () => {
  it("a call that was sent has an unknown outcome", async () => {
    const { call, lines } = await setUp({ onCall: hangUp });
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.outcome_unknown });
    expect(problems(lines)).toMatchObject([{ level: "warn" }]);
  });

  it("so it has when the connection is lost within the answer", async () => {
    const { call } = await setUp({
      onCall: (response) => {
        response.writeHead(200, { "Content-Length": 100 });
        response.write('{"result":', () => hangUp(response));
      },
    });
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.outcome_unknown });
  });

  it("a call whose connection is refused was not run", async () => {
    const { call, service } = await setUp();
    await service.stop();
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.unavailable });
    expect(service.calls).toEqual([]);
  });

  it("so it is with all calls of many", async () => {
    const { call, service } = await setUp();
    await service.stop();
    const codes = await Promise.all(
      Array.from({ length: 1000 }, async () => (await failure(call({}))).code),
    );
    expect(new Set(codes)).toEqual(new Set([ErrorCode.unavailable]));
  });

  it("a call that finds no connection within 2 seconds was not run", async () => {
    // It takes connections, and says nothing: TLS never begins.
    const server = createServer();
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cleanups.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new ServiceClient(url, "secret");
    cleanups.push(() => client.close());
    const registry = new Registry();
    const seemsDown = vi.fn();
    const service = { url, client, state: "up" as const, sawContract: () => undefined, seemsDown };
    const handler = callHandler(service, "test.run");
    registry.register({ name: "test.run", options: {}, handler });
    const ended = createCaller({ registry }).call("test.run");
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.unavailable });
    expect(sockets).toHaveLength(1);
    expect(seemsDown).toHaveBeenCalledOnce();
  });

  it("a call ends at its deadline, and its connection is closed", async () => {
    const { call, service } = await setUp({ onCall: () => undefined });
    const ended = call({}, { deadline: new Date(Date.now() + 100) });
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.deadline_exceeded });
    await (
      await service.nextCall()
    ).closed;
  });

  it("so it does when the answer drips", async () => {
    const { call, service } = await setUp({
      onCall: (response) => {
        response.writeHead(200).write('{"result":"');
        const drip = setInterval(() => response.write("x"), 5);
        response.once("close", () => clearInterval(drip));
      },
    });
    const ended = call({}, { deadline: new Date(Date.now() + 100) });
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.deadline_exceeded });
    await (
      await service.nextCall()
    ).closed;
  });
});

describe("cancellation", () => {
  it.each(["before the answer", "within the answer"])("%s closes the connection", async (when) => {
    const { call, service } = await setUp({
      onCall: (response) => {
        if (when === "within the answer") response.writeHead(200).write("{");
      },
    });
    const controller = new AbortController();
    const ended = failure(call({}, { signal: controller.signal }));
    const { closed } = await service.nextCall();
    controller.abort(RPCError.of("cancelled"));
    expect((await ended).code).toBe(ErrorCode.cancelled);
    await closed;
  });

  it("ends a call with the reason of its signal", async () => {
    const { call, service } = await setUp({ onCall: () => undefined });
    const controller = new AbortController();
    const ended = failure(call({}, { signal: controller.signal }));
    await service.nextCall();
    controller.abort(RPCError.of("outcome_unknown", "the gateway stopped during the call"));
    expect((await ended).message).toBe("the gateway stopped during the call");
  });

  it("of a call that waits for a connection ends it at once, and nothing of it is sent", async () => {
    const { call, service } = await setUp({ onCall: () => undefined });
    const running = new AbortController();
    setMaxListeners(256, running.signal);
    const all = Array.from({ length: 256 }, () => failure(call({}, { signal: running.signal })));
    await vi.waitUntil(() => service.calls.length === 256, 5000);
    const waiting = new AbortController();
    const ended = failure(call({}, { signal: waiting.signal }));
    await setImmediate();
    waiting.abort(RPCError.of("cancelled"));
    expect((await ended).code).toBe(ErrorCode.cancelled);
    running.abort(RPCError.of("cancelled"));
    await Promise.all(all);
    service.onCall = (response) => sendJson(response, 200, { result: "next" });
    expect(await call({})).toBe("next");
    expect(service.calls).toHaveLength(257);
  });

  it("before it was sent sends nothing", async () => {
    const { call, service } = await setUp();
    const signal = AbortSignal.abort(RPCError.of("cancelled"));
    await expect(call({}, { signal })).rejects.toMatchObject({ code: ErrorCode.cancelled });
    expect(service.calls).toEqual([]);
  });
});

describe("connections", () => {
  // Two, as the next call may come before the connection of the last one is free again.
  it("are kept: 50 calls after each other use one or two", async () => {
    const { call, service } = await setUp();
    const before = service.connections;
    for (let index = 0; index < 50; index++) expect(await call(index)).toBe(index);
    expect(service.connections - before).toBeLessThanOrEqual(2);
  });

  it("are kept when the service refuses", async () => {
    const { call, service } = await setUp({
      onCall: (response) => response.writeHead(429).end("slowly"),
    });
    const before = service.connections;
    for (let index = 0; index < 10; index++) await failure(call(index));
    expect(service.connections - before).toBeLessThanOrEqual(2);
  });

  it("are at most 256, and 1000 calls at a time all get their own answer", async () => {
    const { call, service } = await setUp();
    const before = service.connections;
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => call(number)))).toEqual(numbers);
    expect(service.connections - before).toBeLessThanOrEqual(256);
    expect(service.calls).toHaveLength(1000);
  });

  it("that calls wait for do not keep the contract waiting", async () => {
    const { call, service, services } = await setUp({ onCall: () => undefined, pollMs: 5 });
    const controller = new AbortController();
    setMaxListeners(300, controller.signal);
    const all = Array.from({ length: 300 }, () => failure(call({}, { signal: controller.signal })));
    service.change("test.other");
    await known(services, "test.other");
    controller.abort(RPCError.of("cancelled"));
    await Promise.all(all);
  });
});

interface Script {
  onCall?: Answer<ReceivedCall>;
  path?: string;
  pollMs?: number;
}

/** A service with the method `test.run`, and a gateway's view of it. */
async function setUp({ onCall, path = "/rpc", pollMs = 60_000 }: Script = {}) {
  const service = await ScriptedService.start(["test.run"], { path });
  cleanups.push(() => service.stop());
  if (onCall) service.onCall = onCall;
  const { log, lines } = recordingLogger();
  const services = await connectHandlerServices({
    urls: [service.url],
    secret: service.secret,
    handlers: new Registry(),
    pollMs,
    log,
  });
  cleanups.push(() => services.close());
  const call = async (params: unknown, conn: Partial<ConnectionContext> = {}) =>
    await createCaller({ registry: services, conn: { log, ...conn } }).call("test.run", params);
  return { service, services, call, lines };
}

async function failure(call: Promise<unknown>): Promise<RPCError> {
  const error = await call.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(RPCError);
  return error as RPCError;
}

function problems(lines: readonly LoggedLine[]): LoggedLine[] {
  return lines.filter(({ level }) => level === "warn" || level === "error");
}

async function known(services: HandlerServices, method: string): Promise<void> {
  await vi.waitUntil(() => services.get(method), { timeout: 5000, interval: 5 });
}
