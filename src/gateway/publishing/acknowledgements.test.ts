import { describe, expect, it } from "vitest";
import { CentrifugoApiError } from "../centrifugo/api-error.js";
import { createMemoryAckStore } from "./memory-ack-store.js";
import { startPublishing } from "../testing/publishing.js";

const SOON = 0.02;

describe("publishing with acknowledgement", () => {
  it("asks for it with tags, and waits for one client", async () => {
    const { gateway, publications, published, ack } = startPublishing();
    const waiting = gateway.publisher.publishWithAck("events:a", { n: 1 });
    const messageId = await published();
    expect(publications[0]?.tags).toEqual({ rpc_ack: "1", rpc_message_id: messageId });
    expect(await ack(messageId, "42")).toEqual({ $rpc: 1, accepted: true });
    expect(await waiting).toEqual({
      messageId,
      published: true,
      delivered: true,
      acksReceived: 1,
      acksExpected: 1,
      status: "success",
    });
    expect(await ack(messageId, "43")).toEqual({ $rpc: 1, accepted: false });
  });

  it("takes an acknowledgement that is faster than Centrifugo's answer", async () => {
    const { gateway, ack } = startPublishing({
      onPublish: async ({ tags }) => void (await ack(tags?.["rpc_message_id"] ?? "", "42")),
    });
    const result = await gateway.publisher.publishWithAck("events:a", 1, { timeout: SOON });
    expect(result.status).toBe("success");
  });

  it("tells timeout and partial apart", async () => {
    const { gateway, published, ack } = startPublishing();
    const options = { acks: 3, timeout: SOON };
    expect(await gateway.publisher.publishWithAck("events:a", 1, options)).toMatchObject({
      published: true,
      delivered: false,
      acksReceived: 0,
      acksExpected: 3,
      status: "timeout",
    });
    await published();
    const some = gateway.publisher.publishWithAck("events:a", 1, { acks: 3, timeout: 0.5 });
    const messageId = await published();
    await ack(messageId, "42");
    await ack(messageId, "43");
    expect(await some).toMatchObject({ delivered: true, acksReceived: 2, status: "partial" });
  });

  it("counts a client once: after a reconnect, and when it makes up subscribers", async () => {
    const { gateway, published, ack } = startPublishing();
    const waiting = gateway.publisher.publishWithAck("events:a", 1, { acks: 2, timeout: 0.3 });
    const messageId = await published();
    expect(await ack(messageId, "42", { subscriber: "s", client: "c1" })).toMatchObject({
      accepted: true,
    });
    for (const again of [
      { subscriber: "s", client: "c1" },
      { subscriber: "s", client: "c2" },
      { subscriber: "made-up", client: "c1" },
    ]) {
      expect(await ack(messageId, "42", again)).toMatchObject({ accepted: false });
    }
    expect(await waiting).toMatchObject({ acksReceived: 1, status: "partial" });
  });

  it("refuses acknowledgements of other users, and knows no ID that was not given out", async () => {
    const { gateway, published, ack } = startPublishing();
    const waiting = gateway.publisher.publishWithAck("team#42,43", 1, { timeout: 5 });
    const messageId = await published();
    for (const stranger of ["4", "423", "team"]) {
      await expect(ack(messageId, stranger)).rejects.toMatchObject({ code: 403 });
    }
    await expect(ack(messageId, "")).rejects.toMatchObject({ code: 401 });
    expect(await ack("0198c1f2-unknown", "42")).toMatchObject({ accepted: false });
    await expect(ack("no id!", "42")).rejects.toMatchObject({ code: 400 });
    expect(await ack(messageId, "43")).toMatchObject({ accepted: true });
    expect((await waiting).status).toBe("success");
  });

  it("waits for all who are present, also when they reconnect, and not for others", async () => {
    const present = [
      { client: "c1", user: "42" },
      { client: "c2", user: "42" },
      { client: "c3", user: "43" },
    ];
    const { gateway, published, ack } = startPublishing({ presence: async () => present });
    const waiting = gateway.publisher.publishWithAck("events:a", 1, { acks: "all", timeout: 5 });
    const messageId = await published();
    // Came later: it may acknowledge, and is not waited for.
    await ack(messageId, "44");
    await ack(messageId, "42", { subscriber: "a", client: "c1" });
    await ack(messageId, "42", { subscriber: "b", client: "c2-reconnected" });
    await ack(messageId, "42", { subscriber: "c", client: "another-tab" });
    await ack(messageId, "43");
    expect(await waiting).toMatchObject({ acksReceived: 3, acksExpected: 3, status: "success" });
  });

  it("is at its end at once when all are nobody", async () => {
    const { gateway } = startPublishing({ presence: async () => [] });
    expect(await gateway.publisher.publishWithAck("events:a", 1, { acks: "all" })).toMatchObject({
      published: true,
      delivered: false,
      acksExpected: 0,
      status: "success",
    });
  });

  it.each([
    [
      "the channel has no presence",
      () => Promise.reject(new CentrifugoApiError("off", { code: 108 })),
    ],
    ["nobody can be asked", undefined],
  ])("publishes nothing for all who are present when %s", async (_why, presence) => {
    const { gateway, attempts } = startPublishing(presence ? { presence } : {});
    const result = await gateway.publisher.publishWithAck("user#42", 1, { acks: "all" });
    expect(result).toMatchObject({
      published: false,
      status: "failed",
      error: { code: 400, message: expect.stringContaining('"all"') },
    });
    expect(attempts()).toBe(0);
  });

  it("is found again by its idempotency key, with what was acknowledged", async () => {
    const { gateway, published, ack } = startPublishing();
    const options = { acks: 2, idempotencyKey: "order-7" };
    const first = gateway.publisher.publishWithAck("events:a", 1, { ...options, timeout: 0.05 });
    const messageId = await published();
    await ack(messageId, "42");
    expect((await first).status).toBe("partial");
    const second = gateway.publisher.publishWithAck("events:a", 1, { ...options, timeout: 5 });
    expect(await published()).toBe(messageId);
    await ack(messageId, "43");
    expect(await second).toMatchObject({ messageId, acksReceived: 2, status: "success" });
  });

  it("publishes nothing when the store of acknowledgements is away", async () => {
    const { gateway, store, attempts, ack } = startPublishing();
    store.open = () => Promise.reject(new Error("no Redis"));
    store.channelOf = () => Promise.reject(new Error("no Redis"));
    expect(await gateway.publisher.publishWithAck("events:a", 1)).toMatchObject({
      status: "failed",
      error: { code: 503 },
    });
    expect(attempts()).toBe(0);
    await expect(ack("m1", "42")).rejects.toMatchObject({ code: 503 });
  });

  it("counts what its connection to the store has missed", async () => {
    const { gateway, store, published } = startPublishing();
    const waiting = gateway.publisher.publishWithAck("events:a", 1, { timeout: 0.05 });
    await published();
    store.list = async () => [{ subscriberId: "s", clientId: "c", userId: "42" }];
    expect(await waiting).toMatchObject({ acksReceived: 1, status: "success" });
  });
});

describe("two gateways with one store", () => {
  it("hand acknowledgements to the one that waits", async () => {
    const store = createMemoryAckStore();
    const [first, second] = [startPublishing({ store }), startPublishing({ store })];
    const waiting = first.gateway.publisher.publishWithAck("events:a", 1, { acks: 2 });
    const messageId = await first.published();
    expect(await second.ack(messageId, "42")).toMatchObject({ accepted: true });
    expect(await first.ack(messageId, "42")).toMatchObject({ accepted: false });
    expect(await second.ack(messageId, "43")).toMatchObject({ accepted: true });
    expect((await waiting).status).toBe("success");
  });
});
