import { validate } from "@readme/openapi-parser";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { RawClient } from "../../../testing/raw-client.js";
import { createBrokerApi } from "../centrifugo/broker-api.js";
import { API_KEY, KEYED, BROKERS, type Service } from "../../../testing/http-api-service.js";

describe.each(Object.entries(BROKERS))("on %s", (_name, start) => {
  describe.skipIf(!start)("the HTTP API", () => {
    let service: Service;
    beforeAll(async () => {
      service = await start!();
    });
    afterAll(() => service.close());

    describe("the other routes", () => {
      it("tell who is present and what was published", async () => {
        await service.subscriber("42", "events:state");
        const { body } = await service.post("presence", { channel: "events:state" });
        const [id, info] = Object.entries((body as { presence: object }).presence)[0] ?? [];
        expect(info).toEqual({ client: id, user: "42" });
        await service.post("publish", { channel: "events:state", data: { n: 1 } });
        const history = await service.post("history", { channel: "events:state", limit: 10 });
        expect(history.body).toMatchObject({
          publications: [{ data: { n: 1 }, offset: 1 }],
          offset: 1,
          epoch: expect.any(String),
        });
        const since = { offset: 1, epoch: "another" };
        const lost = await service.post("history", { channel: "events:state", limit: 10, since });
        expect(lost).toMatchObject({ status: 400, body: { error: { code: 400 } } });
        expect((await service.post("presence", { channel: "user#42" })).status).toBe(400);
      });

      it("disconnect a user", async () => {
        const client = await service.subscriber("to-go", "events:state");
        expect(await service.post("disconnect", { user: "to-go" })).toMatchObject({
          status: 200,
          body: {},
        });
        expect(await client.closed).toMatchObject({ code: 3503 });
      });

      it("sign tokens", async () => {
        const { body } = await service.post("token", {
          user: "42",
          expires_in: 60,
          meta: { role: "admin" },
          channels: ["events:mine"],
        });
        const { token, expires_at } = body as { token: string; expires_at: string };
        const claims = decodeJwt(token);
        expect(claims).toMatchObject({
          sub: "42",
          meta: { role: "admin" },
          channels: ["events:mine"],
        });
        expect(Date.parse(expires_at)).toBe((claims.exp ?? 0) * 1000);
        const client = await RawClient.open(service.brokerUrl);
        expect(await client.call({ connect: { token } })).toMatchObject({
          connect: { subs: { "events:mine": {} } },
        });
        client.close();
        expect((await service.post("token", { user: "a,b" })).status).toBe(400);
      });

      it("give the contract, the call log and metrics to those with the key", async () => {
        expect((await service.get("/contract")).body).toMatchObject({
          methods: [{ name: "tasks.get_stats" }],
        });
        expect((await service.get("/api/logs?status=failed,timeout&limit=5")).body).toEqual({
          rows: [],
        });
        expect((await service.get("/api/logs?limit=0&colour=red")).body).toMatchObject({
          error: { code: 400, message: expect.stringMatching(/limit.*colour/) },
        });
        const cursor = "0198c1f2-0000-0000-0000-000000000000";
        expect((await service.get(`/api/logs?cursor=${cursor}`)).status).toBe(503);
        const metrics = await service.send("GET", "/metrics", {
          headers: { "X-API-Key": API_KEY },
        });
        expect(metrics).toMatchObject({ status: 200, text: "up 1\n" });
        expect(metrics.headers["content-type"]).toBe("text/plain; version=0.0.4");
      });

      it("tell without a key whether the gateway is ready, and no more than that", async () => {
        const ready = await service.send("GET", "/ready");
        expect(ready.status).toBe(200);
        expect(JSON.parse(ready.text)).toEqual({
          status: "ready",
          checks: { gateway: "ok", broker: "ok", call_log: "failing" },
        });
      });

      it("tell of handler services, of which one may be down while the gateway is ready", async () => {
        const services = [
          { url: "http://a", state: "up" as const },
          { url: "http://b", state: "up" as "up" | "down" },
        ];
        const ask = service.with({ handlerServices: () => services });
        const ready = async () => await (await ask("/ready")).json();
        expect(await ready()).toMatchObject({ checks: { handler_services: "ok" } });
        services[1]!.state = "down";
        expect(await ready()).toMatchObject({
          status: "ready",
          checks: { handler_services: "down" },
        });
      });

      it("say that a broker cannot be reached, and ask it once a second", async () => {
        const ping = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("away")));
        const ask = service.with({ broker: { ...createBrokerApi({ api: ping }), ping } });
        const answers = await Promise.all([1, 2, 3].map(() => ask("/ready")));
        expect(answers.map(({ status }) => status)).toEqual([503, 503, 503]);
        expect(await answers[0]?.json()).toMatchObject({
          status: "not_ready",
          checks: { broker: "unreachable" },
        });
        expect(ping).toHaveBeenCalledOnce();
      });
    });

    describe("without what they need", () => {
      it("there are no routes for it, and no API without its options", async () => {
        const ask = service.with({
          tokenHmacSecret: undefined,
          contract: undefined,
          callLog: undefined,
          metrics: undefined,
        });
        for (const path of ["/api/token", "/contract", "/api/logs", "/metrics"]) {
          expect((await ask(path, { headers: KEYED })).status).toBe(404);
        }
        expect((await service.without(new Request("http://x/openapi.json"))).status).toBe(404);
        expect((await service.without(new Request("http://x/health"))).status).toBe(200);
      });

      it("lie under a path like all others", async () => {
        const ask = service.with({}, "/rt");
        const answer = await ask("/rt/openapi.json");
        expect(await answer.json()).toMatchObject({ servers: [{ url: "/rt" }] });
        expect((await ask("/rt/contract", { headers: KEYED })).status).toBe(200);
      });
    });

    describe("the OpenAPI document", () => {
      it("is valid", async () => {
        expect(await validate(structuredClone(service.document) as never)).toMatchObject({
          valid: true,
        });
      });

      it("has every route", () => {
        const described = Object.entries(service.document.paths).flatMap(([path, methods]) =>
          Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
        );
        expect(described.toSorted()).toEqual(
          [
            ...["publish", "broadcast", "presence", "history", "disconnect", "token"].map(
              (path) => `POST /api/${path}`,
            ),
            "GET /api/logs",
            "GET /contract",
            "GET /health",
            "GET /metrics",
            "GET /ready",
          ].toSorted(),
        );
      });

      it("names parameters of the call log that there are", async () => {
        const { parameters = [] } = service.document.paths["/api/logs"]?.["get"] ?? {};
        const query = new URLSearchParams(parameters.map(({ name }) => [name, ""]));
        const { body } = await service.get(`/api/logs?${query}`);
        const { error } = body as { error: { message: string } };
        expect(parameters.length).toBeGreaterThan(5);
        expect(error.message).not.toContain("no such parameter");
      });
    });
  });
});
