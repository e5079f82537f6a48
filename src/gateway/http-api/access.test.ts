import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  API_KEY,
  JSON_TYPE,
  KEYED,
  PREVIOUS_API_KEY,
  startService,
  type Service,
} from "../../../testing/http-api-service.js";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

afterEach(() => {
  service.refused.length = 0;
});

describe("the API key", () => {
  const routes = ["/api/publish", "/api/broadcast", "/api/presence", "/api/history"];
  const more = ["/api/disconnect", "/api/token", "/api/logs", "/contract", "/metrics"];

  it.each([...routes, ...more])("is needed for %s", async (path) => {
    const method = routes.includes(path) || /disconnect|token/.test(path) ? "POST" : "GET";
    for (const key of [undefined, "", "wrong", `${API_KEY}x`, API_KEY.toUpperCase()]) {
      const headers = { ...(key !== undefined && { "X-API-Key": key }), ...JSON_TYPE };
      const answer = await service.send(method, path, {
        headers,
        body: method === "POST" ? "{}" : "",
      });
      expect(answer.status).toBe(401);
    }
    expect(new Set(service.refused.map(({ routes, reason }) => `${routes} ${reason}`))).toEqual(
      new Set(["api unauthenticated"]),
    );
  });

  it.each([
    { "X-API-Key": API_KEY },
    { "X-API-Key": PREVIOUS_API_KEY },
    { Authorization: `Bearer ${API_KEY}` },
    { Authorization: `bearer ${PREVIOUS_API_KEY}` },
  ])("is taken from %j", async (headers) => {
    expect((await service.send("GET", "/contract", { headers })).status).toBe(200);
  });

  it("is not taken from elsewhere, nor the proxy secret in its place", async () => {
    for (const headers of [{ "X-API-Key": "p" }, { "X-Proxy-Secret": API_KEY }]) {
      expect((await service.send("GET", "/contract", { headers })).status).toBe(401);
    }
    expect((await service.send("GET", `/contract?api_key=${API_KEY}`)).status).toBe(401);
    const both = { "X-API-Key": "wrong", Authorization: `Bearer ${API_KEY}` };
    expect((await service.send("GET", "/contract", { headers: both })).status).toBe(401);
  });

  it.each(["", undefined, " spaces ", "line\nbreak"])("cannot be %j", (wrong) => {
    const start = () => service.with({ apiKey: wrong });
    expect(start).toThrow(/^the API key of the gateway must/);
  });

  it("of before ends when it is taken away; an empty one is none", async () => {
    for (const previous of [undefined, ""]) {
      const ask = service.with({ previousApiKey: previous });
      for (const key of [PREVIOUS_API_KEY, ""]) {
        expect((await ask("/contract", { headers: { "X-API-Key": key } })).status).toBe(401);
      }
    }
  });

  it("is not needed for metrics that are public", async () => {
    const ask = service.with({ metricsPublic: true });
    expect((await ask("/metrics")).status).toBe(200);
    expect((await ask("/contract")).status).toBe(401);
  });
});

it("no key is written to the log", () => {
  expect(service.logText()).toContain("refused");
  for (const key of [API_KEY, PREVIOUS_API_KEY]) expect(service.logText()).not.toContain(key);
});

describe("requests that are wrong", () => {
  const wrong: [path: string, body: unknown, message: RegExp][] = [
    ["publish", null, /object/],
    ["publish", [], /object/],
    ["publish", { data: 1 }, /^channel/],
    ["publish", { channel: "events:a" }, /^data: is missing/],
    ["publish", { channel: "", data: 1 }, /^channel/],
    ["publish", { channel: "x".repeat(256), data: 1 }, /^channel/],
    ["publish", { channel: "a\r\nb", data: 1 }, /^channel/],
    ["publish", { channel: "a\u0000", data: 1 }, /^channel/],
    ["publish", { channel: 7, data: 1 }, /^channel/],
    ["publish", { channel: "rpc.requests", data: 1 }, /calls of clients/],
    ["publish", { channel: "user#42", data: { $rpc: 1 } }, /\$rpc/],
    ["publish", { channel: "events:a", data: 1, wait_for_ack: 0 }, /^wait_for_ack/],
    ["publish", { channel: "events:a", data: 1, wait_for_ack: "some" }, /^wait_for_ack/],
    ["publish", { channel: "events:a", data: 1, ack_timeout: 0 }, /^ack_timeout/],
    ["publish", { channel: "events:a", data: 1, ack_timeout: 1e9 }, /^ack_timeout/],
    ["publish", { channel: "events:a", data: 1, idempotency_key: "" }, /^idempotency_key/],
    ["publish", { channel: "events:a", data: 1, tags: { rpc_ack: "1" } }, /tags/],
    ["broadcast", { channels: [], data: 1 }, /^channels/],
    ["broadcast", { channels: Array(1001).fill("events:a"), data: 1 }, /^channels/],
    ["broadcast", { channels: ["events:a", ""], data: 1 }, /^channels\.1/],
    ["presence", {}, /^channel/],
    ["history", { channel: "events:a", limit: -2 }, /^limit/],
    ["history", { channel: "events:a", since: 5 }, /^since/],
    ["disconnect", { user: "" }, /^user/],
    ["disconnect", { client: "c" }, /^user/],
    ["token", { user: "#" }, /^user/],
    ["token", { user: "42", expires_in: 0 }, /^expires_in/],
    ["token", { user: "42", meta: [] }, /^meta/],
    ["token", { user: "42", sub: "43" }, /sub/],
  ];
  it.each(wrong)("are refused: %s %j", async (path, body, message) => {
    const answer = await service.post(path, body);
    expect(answer.status).toBe(400);
    const { error } = answer.body as { error: { code: number; message: string } };
    expect(error.code).toBe(400);
    expect(error.message).toMatch(message);
  });

  it.each(["", "{", "undefined", '{"channel":"events:a","data":1}x', "\u0000"])(
    "are refused when they are no JSON: %j",
    async (body) => {
      const answer = await service.send("POST", "/api/publish", { headers: KEYED, body });
      expect(answer.status).toBe(400);
    },
  );

  it.each([undefined, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])(
    "are refused when they say that they are %s",
    async (type) => {
      const headers = { "X-API-Key": API_KEY, ...(type && { "Content-Type": type }) };
      const answer = await service.send("POST", "/api/publish", { headers, body: "{}" });
      expect(answer.status).toBe(415);
    },
  );

  it("are refused when they are too large or too deep, and the next one is served", async () => {
    const publish = (data: string) => `{"channel":"events:a","data":${data}}`;
    const nested = (depth: number) => publish("[".repeat(depth) + "]".repeat(depth));
    const answers = {
      "3 MB": [413, publish(`"${"x".repeat(3_000_000)}"`)],
      "more than 1 MiB of data": [413, publish(`"${"x".repeat(1024 * 1024)}"`)],
      "a million levels": [400, nested(1_000_000)],
      "257 levels": [400, nested(256)],
      "256 levels": [200, nested(255)],
      "brackets in a text": [200, publish(`"${"[".repeat(1000)}"`)],
    } as const;
    for (const [status, body] of Object.values(answers)) {
      const answer = await service.send("POST", "/api/publish", { headers: KEYED, body });
      expect(answer.status).toBe(status);
    }
  });

  it("change no prototype, and reach subscribers as they are", async () => {
    const client = await service.subscriber("42", "events:proto");
    const data = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const body = `{"channel":"events:proto","data":${data}}`;
    expect((await service.send("POST", "/api/publish", { headers: KEYED, body })).status).toBe(200);
    await client.push();
    expect(client.frames.at(-1)).toContain(data);
    expect({}).not.toHaveProperty("polluted");
    const around = `{"channel":"events:proto","data":1,"__proto__":{"wait_for_ack":true}}`;
    expect(
      (await service.send("POST", "/api/publish", { headers: KEYED, body: around })).status,
    ).toBe(400);
  });

  it("get no header of their own making, and are not repeated", async () => {
    const answer = await service.send("GET", "/api/x%0d%0aX-Injected:1?a=%0d%0aX-Injected:1");
    expect(answer.status).toBe(404);
    expect(answer.headers).not.toHaveProperty("x-injected");
    expect(answer.text).not.toContain("njected");
    const logs = await service.get("/api/logs?user=%0d%0aX-Injected:1");
    expect(logs.status).toBe(200);
  });

  it("are answered for the caller alone, with the method to use", async () => {
    const wrongMethod = await service.send("GET", "/api/publish", { headers: KEYED });
    expect(wrongMethod.status).toBe(405);
    expect(wrongMethod.headers["allow"]).toBe("POST");
    const { headers } = await service.send("GET", "/contract", { headers: KEYED });
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
  });

  it("are refused above the number that may run at a time", async () => {
    const ask = service.with({ maxRequests: 1 });
    const body = { channel: "events:slow", data: 1, wait_for_ack: true, ack_timeout: 0.2 };
    const init = { method: "POST", headers: KEYED, body: JSON.stringify(body) };
    const first = ask("/api/publish", init);
    const second = await ask("/api/publish", init);
    expect(second.status).toBe(429);
    expect(second.headers.get("retry-after")).toBe("1");
    expect((await first).status).toBe(200);
    expect((await ask("/api/publish", { ...init, body: "{}" })).status).toBe(400);
  });
});
