// docs/handler-services.md: a call, and its answers.
import { describe, expect, it, vi } from "vitest";
import { ErrorCode, RPCError } from "../../protocol/index.js";
import { createCaller } from "../../handlers/index.js";
import {
  connect,
  connectOne,
  failure,
  POLL,
  problems,
  startService,
  WAIT,
} from "./testing/connected.js";
import { sendJson } from "../../../testing/scripted-service.js";

describe("a call", () => {
  it("is sent signed, with who calls and how much time is left", async () => {
    const { service, call } = await connectOne();
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
    const { service, call } = await connectOne();
    const trace = {
      traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      tracestate: "vendor=1",
    };
    await call({}, trace);
    expect((await service.nextCall()).headers).toMatchObject(trace);
  });

  it("has no params where the method takes none", async () => {
    const { service, services } = await connectOne(POLL);
    service.change({ name: "test.none", result: {} });
    await vi.waitUntil(() => services.get("test.none"), WAIT);
    service.onCall = (response) => sendJson(response, 200, { result: 1 });
    const caller = createCaller({ registry: services });
    expect(await caller.call("test.none")).toBe(1);
    expect((await service.nextCall()).body).not.toHaveProperty("params");
    await expect(caller.call("test.none", { a: 1 })).rejects.toMatchObject({ code: 400 });
    expect(service.calls).toHaveLength(1);
  });

  it("goes below the path of the service's URL, which may end with a slash", async () => {
    for (const path of ["", "/a/b", "/a%20b"]) {
      const service = await startService(["test.run"], { path });
      for (const url of [service.url, `${service.url}/`]) {
        const { call } = await connect([service], { urls: [url] });
        expect(await call("test.run", url)).toBe(url);
      }
    }
  });

  it("has at least a millisecond", async () => {
    const { service, call } = await connectOne({ onCall: () => undefined });
    const late = call({}, { deadline: new Date(Date.now() - 1000) });
    await expect(late).rejects.toMatchObject({ code: ErrorCode.deadline_exceeded });
    for (const { body } of service.calls) expect(body.timeout_ms).toBe(1);
  });
});

describe("an answer", () => {
  it.each([null, 0, "", false, [], { a: [1, { b: null }] }])(
    "gives the result %j",
    async (result) => {
      const { call } = await connectOne({
        onCall: (response) => sendJson(response, 200, { result }),
      });
      expect(await call({})).toEqual(result);
    },
  );

  it.each([
    { code: 1001, message: "quota used up", details: { limit: 10 } },
    { code: 400, message: "wrong", details: { issues: [{ path: ["a", 0], message: "no" }] } },
    { code: 404, message: "no such method" },
    { code: 503, message: "later" },
  ])("gives the handler's error $code as it is", async (error) => {
    const { call, lines } = await connectOne({
      onCall: (response) => sendJson(response, 200, { error }),
    });
    const failed = await failure(call({}));
    expect(failed.toWire()).toEqual(error);
    expect(problems(lines)).toEqual([]);
  });

  it("may have more fields", async () => {
    const { call } = await connectOne({
      onCall: (response) => sendJson(response, 200, { result: 1, took_ms: 3 }),
    });
    expect(await call({})).toBe(1);
  });

  it("with __proto__ gives nothing a property that it does not have", async () => {
    const { call } = await connectOne({
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
    const { call, lines, service } = await connectOne({
      onCall: (response) => response.writeHead(status).end(body),
    });
    const failed = await failure(call({}));
    expect(failed.toWire()).toEqual(RPCError.of("internal").toWire());
    expect(problems(lines)).toMatchObject([{ level: "error", url: service.url }]);
  });

  it.each([
    "SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ])("that is not HTTP is an internal error: %j", async (answer) => {
    const { call, lines } = await connectOne({
      onCall: (response) => response.socket?.end(answer),
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
    const { call, service, lines } = await connectOne({
      onCall: (response) => response.writeHead(status, { Location: "/rpc/contract" }).end("why"),
    });
    const asked = service.contractRequests.length;
    const failed = await failure(call({}));
    expect(failed.toWire()).toEqual(RPCError.of(name).toWire());
    // It followed no redirect.
    expect(service.calls).toHaveLength(1);
    expect(service.refused).toBe(0);
    expect(service.contractRequests).toHaveLength(asked);
    const reason = expect.stringContaining(String(status)) as string;
    expect(lines).toContainEqual(expect.objectContaining({ url: service.url, reason }));
  });

  it("of 2 MiB is too large, and is not read to its end", async () => {
    const { call, service, lines } = await connectOne({
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
      const { call, service } = await connectOne({
        onCall: (response) => response.writeHead(status).end(),
      });
      const { message, details } = await failure(call({}));
      expect(`${message} ${JSON.stringify(details)}`).not.toContain(new URL(service.url).host);
      expect(`${message} ${JSON.stringify(details)}`).not.toContain("127.0.0.1");
    }
  });
});
