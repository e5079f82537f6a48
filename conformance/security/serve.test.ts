// An attacker with a network connection, and a user who means harm, against `serve` beside a real
// Centrifugo. Whatever they do, the secrets stay where they are and the service goes on.
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findCentrifugo } from "../../testing/toolchains.js";
import { MARKED, MARKER, startService, type Service } from "./service.js";

const binary = findCentrifugo();
const JSON_TYPE = { "Content-Type": "application/json" };
const KEYED = { ...JSON_TYPE, "X-API-Key": MARKED.CENTRIFUGO_WRAPPER_API_KEY };
const proxyRequest = (more: object = {}) =>
  JSON.stringify({
    client: "c1",
    transport: "websocket",
    protocol: "json",
    encoding: "json",
    user: "anna",
    method: "echo",
    data: {},
    ...more,
  });

describe.skipIf(binary === undefined)("serve", () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService(binary!);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  /** Every answer, for the search for secrets at the end. */
  const answers: string[] = [];
  async function send(path: string, init: RequestInit = {}) {
    const response = await fetch(`${service.gateway}${path}`, { redirect: "manual", ...init });
    const text = await response.text();
    answers.push(JSON.stringify([...response.headers]), text);
    return { status: response.status, headers: response.headers, text };
  }

  it.each([
    {},
    { "X-Proxy-Secret": "" },
    { "X-Proxy-Secret": "guess" },
    { "X-Proxy-Secret": `${MARKED.CENTRIFUGO_PROXY_SECRET}x` },
    { "X-Proxy-Secret": MARKED.CENTRIFUGO_PROXY_SECRET.slice(0, -1) },
    { "X-Proxy-Secret": MARKED.CENTRIFUGO_WRAPPER_API_KEY },
    { "X-API-Key": MARKED.CENTRIFUGO_WRAPPER_API_KEY },
    { Authorization: `Bearer ${MARKED.CENTRIFUGO_PROXY_SECRET}` },
  ])("refuses a forged proxy request with %j", async (headers) => {
    for (const path of ["/centrifugo/rpc", "/centrifugo/publish"]) {
      const init = { method: "POST", headers: { ...JSON_TYPE, ...headers } };
      const forged = await send(path, { ...init, body: proxyRequest({ channel: "rpc.requests" }) });
      expect(forged.status).toBe(401);
    }
  });

  it("accepts the right secret in its header only, and no second header", async () => {
    const secret = MARKED.CENTRIFUGO_PROXY_SECRET;
    const headers = { ...JSON_TYPE, "X-Proxy-Secret": secret };
    const right = await send("/centrifugo/rpc", { method: "POST", headers, body: proxyRequest() });
    expect(right.status).toBe(200);
    const path = `/centrifugo/rpc?X-Proxy-Secret=${secret}&x-proxy-secret=${secret}`;
    const body = proxyRequest({ "X-Proxy-Secret": secret });
    const inQuery = await send(path, { method: "POST", headers: JSON_TYPE, body });
    expect(inQuery.status).toBe(401);
    const twice = new Headers(headers);
    twice.append("X-Proxy-Secret", "guess");
    const doubled = await send("/centrifugo/rpc", { method: "POST", headers: twice, body });
    expect(doubled.status).toBe(401);
  });

  it("does not accept the API key in the query or in a cookie", async () => {
    const key = MARKED.CENTRIFUGO_WRAPPER_API_KEY;
    for (const name of ["api_key", "X-API-Key", "key", "token"]) {
      expect((await send(`/contract?${name}=${key}`)).status).toBe(401);
      const cookie = await send("/contract", { headers: { Cookie: `${name}=${key}` } });
      expect(cookie.status).toBe(401);
    }
  });

  it("does not allow pages of other origins to read or write", async () => {
    const origin = { Origin: "https://evil.example.com" };
    for (const path of ["/health", "/ready", "/openapi.json", "/contract", "/api/publish"]) {
      const preflight = await send(path, {
        method: "OPTIONS",
        headers: { ...origin, "Access-Control-Request-Method": "POST" },
      });
      const read = await send(path, { headers: { ...origin, ...KEYED } });
      expect([404, 405]).toContain(preflight.status);
      for (const { headers } of [preflight, read]) {
        const names = [...headers.keys()].filter((name) => name.startsWith("access-control"));
        expect(names).toEqual([]);
      }
    }
  });

  it("does not accept forms that a page can post without a preflight request", async () => {
    const types = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
    for (const type of types) {
      const form = await send("/api/publish", {
        method: "POST",
        headers: { ...KEYED, "Content-Type": type },
        body: '{"channel":"events:a","data":1}',
      });
      expect(form.status).toBe(415);
    }
  });

  it.each(["PUT", "DELETE", "PATCH", "HEAD", "GET"])(
    "takes no %s where POST is",
    async (method) => {
      for (const path of ["/api/publish", "/api/token", "/centrifugo/rpc"]) {
        const headers = { ...KEYED, "X-Proxy-Secret": MARKED.CENTRIFUGO_PROXY_SECRET };
        expect((await send(path, { method, headers })).status).toBe(405);
      }
    },
  );

  it.each([
    "/../health",
    "/%2e%2e/etc/passwd",
    "//health",
    "/api/logs/..",
    "/constructor",
    "/__proto__",
  ])("has no route %s", async (path) => {
    expect(await rawGet(service, path)).toMatch(/^HTTP\/1\.1 404 /);
  });

  it("refuses before it reads the body, and closes the connection", async () => {
    const socket = connect(Number(new URL(service.gateway).port), "127.0.0.1");
    socket.write(
      "POST /centrifugo/rpc HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n" +
        "Content-Type: application/json\r\n\r\n{",
    );
    const [first] = (await once(socket, "data")) as [Buffer];
    expect(first.toString()).toMatch(/^HTTP\/1\.1 401 /);
    expect(first.toString()).toMatch(/connection: close/i);
    await once(socket, "close");
  });

  it("refuses ambiguous requests", async () => {
    const smuggled = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health";
    const answer = await raw(service, `POST /api/publish HTTP/1.1\r\nHost: a\r\n${smuggled}`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it("survives bodies that are too large, too deep or not objects", async () => {
    const headers = { ...KEYED, "X-Proxy-Secret": MARKED.CENTRIFUGO_PROXY_SECRET };
    const deep = "[".repeat(200_000) + "]".repeat(200_000);
    const bodies = [`"${"x".repeat(3_000_000)}"`, deep, '{"a":'.repeat(100_000), "[", "null", "5"];
    for (const path of [
      "/api/publish",
      "/api/broadcast",
      "/centrifugo/rpc",
      "/centrifugo/publish",
    ]) {
      for (const body of bodies) {
        const { status } = await send(path, { method: "POST", headers, body });
        // Of a call that is too deep, Centrifugo hands the gateway's answer on to the caller.
        expect(path.startsWith("/centrifugo") ? [200, 400, 413] : [400, 413]).toContain(status);
      }
    }
    expect((await send("/health")).status).toBe(200);
  });

  it("survives a user's deep, large and hostile calls", async () => {
    const client = await service.connect("mallory");
    const deep = `${"[".repeat(5000)}${"]".repeat(5000)}`;
    const calls = [
      `{"method":"echo","data":{"$rpc":1,"correlation_id":"deep","params":{"a":${deep}}}}`,
      `{"method":"$rpc.contract","data":{"$rpc":1,"methods":{"echo":{"params":${deep}}}}}`,
      '{"method":"echo","data":{"$rpc":1,"correlation_id":"p","params":' +
        '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}}}',
      '{"method":"$rpc.contract","data":{"$rpc":1,"methods":{"__proto__":' +
        '{"params":{"__proto__":{"polluted":true}}},"constructor":"sha256-x"},"__proto__":{"polluted":true}}}',
      '{"method":"__proto__","data":{}}',
      '{"method":"constructor","data":{}}',
    ];
    for (const [index, call] of calls.entries()) {
      client.sendText(`{"id":${1000 + index},"rpc":${call}}`);
      await client.take(({ id }) => id === 1000 + index);
    }
    const data = { $rpc: 1, correlation_id: "after", params: {} };
    const { rpc } = (await client.call({ rpc: { method: "echo", data } })) as { rpc: object };
    expect(rpc).toMatchObject({ data: { result: { polluted: false } } });
    client.close();
  });

  it("writes one line of JSON for each event, whatever callers send", async () => {
    const client = await service.connect("mallory");
    const before = service.program.output.length;
    const evil = '\u001b[2J\n{"level":60,"msg":"forged"}\r\n\u0000\u2028';
    for (const method of [evil, "x".repeat(100_000), "fail", "echo"]) {
      await client.call({ rpc: { method, data: { text: evil } } });
    }
    await client.call({ rpc: { method: "echo", data: { $rpc: 1, correlation_id: "last" } } });
    await service.program.line(/"correlationId":"last".*call ended/);
    const lines = service.program.output.slice(before);
    expect(lines.length).toBeGreaterThan(4);
    for (const line of lines) {
      expect(JSON.parse(line)).toMatchObject({
        level: expect.any(Number),
        pid: expect.any(Number),
      });
      expect(JSON.parse(line)).not.toHaveProperty("msg", "forged");
      // eslint-disable-next-line no-control-regex -- that is what must not be there
      expect(line).not.toMatch(/[\u0000-\u001f]/);
      expect(line.length).toBeLessThan(5000);
    }
    client.close();
  });

  it("shows no secret in its output, its answers and its call log", async () => {
    for (const path of [
      "/health",
      "/ready",
      "/openapi.json",
      "/metrics",
      "/contract",
      "/api/logs",
    ]) {
      await send(path);
      await send(path, { headers: KEYED });
    }
    const wrong = { method: "POST", headers: KEYED, body: '{"user":"a,b"}' };
    expect((await send("/api/token", wrong)).status).toBe(400);
    expect(service.program.output.length).toBeGreaterThan(10);
    expect(service.program.output.filter((line) => line.includes(MARKER))).toEqual([]);
    expect(answers.filter((text) => text.includes(MARKER))).toEqual([]);
  });
});

/** What a server answers to a text, until it ends the connection. */
async function raw(service: Service, request: string): Promise<string> {
  const socket = connect(Number(new URL(service.gateway).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (data: Buffer) => (answer += data.toString()));
  socket.end(request);
  await once(socket, "close");
  return answer;
}

/** `fetch` would tidy the path up. */
async function rawGet(service: Service, path: string): Promise<string> {
  return await raw(service, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
}
