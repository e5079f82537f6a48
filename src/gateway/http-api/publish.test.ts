import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../../testing/raw-client.js";
import { acknowledgeNext, BROKERS, type Service } from "../../../testing/http-api-service.js";

const ACCEPTED = { $rpc: 1, accepted: true };

describe.each(Object.entries(BROKERS))("on %s", (_name, start) => {
  describe.skipIf(!start)("the HTTP API", () => {
    let service: Service;
    beforeAll(async () => {
      service = await start!();
    });
    afterAll(() => service.close());

    describe("POST /api/publish", () => {
      it("publishes", async () => {
        const client = await service.subscriber("42", "events:news");
        const { status, body } = await service.post("publish", {
          channel: "events:news",
          data: { n: 1 },
        });
        expect(status).toBe(200);
        expect(body).toEqual({
          message_id: expect.any(String),
          published: true,
          delivered: false,
          acks_received: 0,
          acks_expected: 0,
          status: "success",
        });
        const { pub } = (await client.push()) as { pub: Message };
        expect(pub["data"]).toEqual({ n: 1 });
        expect(pub).not.toHaveProperty("tags");
      });

      it.each([true, 1, "all"])("waits for acknowledgement: %j", async (wait_for_ack) => {
        const channel = `events:ack-${String(wait_for_ack)}`;
        const client = await service.subscriber("42", channel);
        const answer = service.post("publish", {
          channel,
          data: { n: 1 },
          wait_for_ack,
          ack_timeout: 5,
        });
        expect(await acknowledgeNext(client)).toEqual(ACCEPTED);
        expect((await answer).body).toMatchObject({
          published: true,
          delivered: true,
          acks_received: 1,
          acks_expected: 1,
          status: "success",
        });
      });

      it("says when nobody has acknowledged, or not all", async () => {
        const request = { channel: "events:silent", data: 1, ack_timeout: 0.05 };
        const none = await service.post("publish", { ...request, wait_for_ack: true });
        expect(none).toMatchObject({ status: 200, body: { published: true, status: "timeout" } });
        const [client] = await Promise.all([
          service.subscriber("42", "events:silent"),
          service.subscriber("43", "events:silent"),
        ]);
        const some = service.post("publish", { ...request, wait_for_ack: "all", ack_timeout: 0.5 });
        expect(await acknowledgeNext(client)).toEqual(ACCEPTED);
        expect((await some).body).toMatchObject({
          acks_received: 1,
          acks_expected: 2,
          status: "partial",
        });
      });

      it.each([
        ["a namespace that is not there", { channel: "nowhere:x", data: 1 }],
        ["all of a channel without presence", { channel: "user#42", data: 1, wait_for_ack: "all" }],
      ])("fails for %s with the result and 400", async (_what, request) => {
        const { status, body } = await service.post("publish", request);
        expect(status).toBe(400);
        expect(body).toMatchObject({
          message_id: expect.any(String),
          published: false,
          status: "failed",
          error: { code: 400, message: expect.stringMatching(/namespace/) },
        });
      });

      it("publishes once for an idempotency key, and gives the same message", async () => {
        const client = await service.subscriber("42", "events:once");
        const request = {
          channel: "events:once",
          data: 1,
          wait_for_ack: true,
          idempotency_key: "order-7",
        };
        const first = service.post("publish", request);
        expect(await acknowledgeNext(client)).toEqual(ACCEPTED);
        const again = await service.post("publish", request);
        expect(again.body).toMatchObject({ status: "success", acks_received: 1 });
        expect(again.body).toEqual((await first).body);
        await service.post("publish", { channel: "events:once", data: "marker" });
        expect(await client.push()).toMatchObject({ pub: { data: "marker" } });
      });
    });

    describe("POST /api/broadcast", () => {
      it("publishes to many channels, and says of each how it went", async () => {
        const client = await service.subscriber("42", "events:many");
        const channels = ["events:many", "user#42", "nowhere:x"];
        const { status, body } = await service.post("broadcast", { channels, data: "hi" });
        expect(status).toBe(200);
        expect(body).toMatchObject({
          results: [
            { channel: "events:many", status: "success" },
            { channel: "user#42", status: "success" },
            { channel: "nowhere:x", status: "failed", error: { code: 400 } },
          ],
        });
        expect(await client.push()).toMatchObject({ pub: { data: "hi" } });
      });

      it("is an error when it was published nowhere", async () => {
        const request = { channels: ["nowhere:x", "nowhere:y"], data: "hi", wait_for_ack: 2 };
        const { status, body } = await service.post("broadcast", request);
        expect({ status, body }).toMatchObject({ status: 400, body: { error: { code: 400 } } });
      });
    });
  });
});
