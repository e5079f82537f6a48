import { describe, expect, it, vi } from "vitest";
import { CentrifugoApiError } from "../centrifugo/api-error.js";
import { MessageArgumentError } from "./message-checks.js";
import type { GatewayObserver } from "../observability/observer.js";
import type { Publisher } from "../centrifugo/broker-publisher.js";
import { startPublishing } from "../testing/publishing.js";

describe("publishing", () => {
  it("gives an ID and says that it was published, and asks for no acknowledgement", async () => {
    const { gateway, publications } = startPublishing();
    const result = await gateway.publisher.publish("events:a", { n: 1 });
    expect(result).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      published: true,
      delivered: false,
      acksReceived: 0,
      acksExpected: 0,
      status: "success",
    });
    const { messageId } = result;
    expect(publications).toEqual([
      { channel: "events:a", data: { n: 1 }, idempotencyKey: messageId },
    ]);
  });

  it("hands an idempotency key on", async () => {
    const { gateway, publications } = startPublishing();
    await gateway.publisher.publish("events:a", 1, { idempotencyKey: "order-7" });
    expect(publications).toMatchObject([{ idempotencyKey: "order-7" }]);
  });

  it("says why it failed, once when another attempt would fail as well", async () => {
    const { gateway, attempts } = startPublishing({
      fail: new CentrifugoApiError("publish: unknown channel (code 102)", { code: 102 }),
    });
    expect(await gateway.publisher.publish("nowhere:a", 1)).toMatchObject({
      published: false,
      status: "failed",
      error: { code: 400, message: expect.stringContaining("namespace") },
    });
    expect(attempts()).toBe(1);
  });

  it.each([
    ["cannot be reached", { retryable: true }, 503],
    ["did not answer: it may have been published", { retryable: true, outcomeUnknown: true }, 409],
  ])("tells what is known when Centrifugo %s", async (_what, options, code) => {
    vi.useFakeTimers();
    try {
      const { gateway, attempts } = startPublishing({
        fail: new CentrifugoApiError("away", options),
      });
      const published = gateway.publisher.publishWithAck("events:a", 1);
      await vi.runAllTimersAsync();
      expect(await published).toMatchObject({ status: "failed", error: { code } });
      expect(attempts()).toBe(6);
    } finally {
      vi.useRealTimers();
    }
  });

  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  const wrong: Record<string, [channel: string, data: unknown, options?: object]> = {
    "an empty channel": ["", 1],
    "a long channel": ["x".repeat(256), 1],
    "a channel with a line end": ["line\r\nbreak", 1],
    "a channel with a NUL": ["nul\u0000", 1],
    "a channel with half a character": ["half \ud800", 1],
    "the channel of calls": ["rpc.requests", 1],
    "no data": ["events:a", undefined],
    "data that is not JSON": ["events:a", 1n],
    "data with a cycle": ["events:a", cyclic],
    "data of more than 1 MiB": ["events:a", "x".repeat(1024 * 1024)],
    "what a client would take for a reply": [
      "user#42",
      { $rpc: 1, correlation_id: "c", result: 1 },
    ],
    "no acknowledgement": ["events:a", 1, { acks: 0 }],
    "half an acknowledgement": ["events:a", 1, { acks: 1.5 }],
    "too many acknowledgements": ["events:a", 1, { acks: 10_001 }],
    "some acknowledgements": ["events:a", 1, { acks: "some" }],
    "no time": ["events:a", 1, { timeout: 0 }],
    "too much time": ["events:a", 1, { timeout: 301 }],
    "a time that is no number": ["events:a", 1, { timeout: Number.NaN }],
    "an empty idempotency key": ["events:a", 1, { idempotencyKey: "" }],
  };
  it.each(Object.entries(wrong))("refuses %s", async (_what, [channel, data, options]) => {
    const { gateway, attempts } = startPublishing();
    const { publisher } = gateway;
    const refused = { name: "MessageArgumentError" };
    await expect(publisher.publishWithAck(channel, data, options)).rejects.toMatchObject(refused);
    await expect(publisher.broadcast([channel], data, options)).rejects.toMatchObject(refused);
    expect(attempts()).toBe(0);
  });
});

describe("a broadcast", () => {
  it("is one request, and tells of each channel how it ended", async () => {
    const error = new CentrifugoApiError("unknown channel", { code: 102 });
    const broadcast = vi.fn<NonNullable<Publisher["broadcast"]>>(async () => [{}, { error }]);
    const { gateway } = startPublishing({ broadcast });
    const results = await gateway.publisher.broadcast(["events:a", "nowhere:b"], 1);
    expect(results).toMatchObject([
      { channel: "events:a", published: true, status: "success" },
      { channel: "nowhere:b", published: false, status: "failed", error: { code: 400 } },
    ]);
    expect(broadcast).toHaveBeenCalledOnce();
  });

  it("waits in each channel for its own acknowledgements", async () => {
    const { gateway, published, ack } = startPublishing();
    const channels = ["events:a", "events:b"];
    const waiting = gateway.publisher.broadcast(channels, 1, { acks: 1, timeout: 0.1 });
    await ack(await published(), "42");
    await published();
    expect(await waiting).toMatchObject([{ status: "success" }, { status: "timeout" }]);
  });

  it("waits in all of its channels at the same time", async () => {
    const { gateway, published, ack } = startPublishing();
    const channels = Array.from({ length: 100 }, (_each, n) => `events:${n}`);
    const waiting = gateway.publisher.broadcast(channels, 1, { acks: 1, timeout: 60 });
    const messageIds: string[] = [];
    while (messageIds.length < channels.length) messageIds.push(await published());
    for (const messageId of messageIds) await ack(messageId, "42");
    expect(new Set((await waiting).map(({ status }) => status))).toEqual(new Set(["success"]));
  });

  it("goes to 1 to 1000 channels", async () => {
    const { gateway, publications } = startPublishing();
    const channels = Array.from({ length: 1001 }, (_each, n) => `events:${n}`);
    for (const wrong of [[], channels]) {
      await expect(gateway.publisher.broadcast(wrong, 1)).rejects.toThrow(MessageArgumentError);
    }
    const results = await gateway.publisher.broadcast(channels.slice(1), 1);
    expect(results.map(({ channel }) => channel)).toEqual(channels.slice(1));
    expect(publications).toHaveLength(1000);
  });
});

describe("a gateway that stops", () => {
  it("lets publications wait for a while, then says what it has and why", async () => {
    const { gateway, published, ack } = startPublishing();
    const none = gateway.publisher.publishWithAck("events:a", 1, { timeout: 60 });
    await published();
    const some = gateway.publisher.publishWithAck("events:a", 1, { acks: 2, timeout: 60 });
    await ack(await published(), "42");
    const done = gateway.publisher.publishWithAck("events:a", 1, { timeout: 60 });
    const last = await published();
    const closed = gateway.close({ drainMs: 50 });
    await ack(last, "42");
    expect(await done).toMatchObject({ status: "success" });
    const error = { code: 503, message: expect.stringContaining("stopped") };
    expect(await none).toMatchObject({ published: true, status: "timeout", error });
    expect(await some).toMatchObject({ published: true, status: "partial", error });
    await closed;
    const late = await gateway.publisher.publishWithAck("events:a", 1, { timeout: 60 });
    expect(late).toMatchObject({ published: true, status: "timeout", error });
  });
});

describe("a gateway that stops", () => {
  it("does not wait for acknowledgements of what its last calls have published", async () => {
    const ends: object[] = [];
    const { gateway } = startPublishing({
      observers: [{ publicationStarted: () => ({ ended: (end) => void ends.push(end) }) }],
      router: {
        has: () => true,
        isIdempotent: () => false,
        async call({ signal }) {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          return await gateway.publisher.publishWithAck("events:a", "last", { timeout: 60 });
        },
      },
    });
    const connection = { client: "c", transport: "websocket", protocol: "json", encoding: "json" };
    const call = { ...connection, user: "42", method: "test.last", data: {} };
    const reply = gateway.rpc(call);
    await gateway.close({ drainMs: 0 });
    expect(await reply).toMatchObject({ error: { code: 409 } });
    expect(ends).toMatchObject([{ status: "timeout", error: { code: 503 } }]);
  });
});

describe("observers", () => {
  it("are told of a publication, its acknowledgements and its end", async () => {
    const told: [string, object][] = [];
    const observer: GatewayObserver = {
      publicationStarted(publication) {
        told.push(["started", publication]);
        return {
          acknowledged: (ack) => told.push(["acknowledged", ack]),
          ended: (end) => told.push(["ended", end]),
        };
      },
      ackReceived: (ack) => told.push(["received", ack]),
    };
    const { gateway, published, ack } = startPublishing({ observers: [observer] });
    const waiting = gateway.publisher.publishWithAck("events:a", { n: 1 });
    const messageId = await published();
    await ack(messageId, "42", { client: "c1", subscriber: "s" });
    await waiting;
    await ack(messageId, "43", { client: "c2", subscriber: "s" });
    const received = { messageId, userId: "42", clientId: "c1", accepted: true };
    const of = (name: string) => told.filter(([told]) => told === name).map(([, data]) => data);
    expect(of("started")).toEqual([
      {
        messageId,
        channel: "events:a",
        data: { n: 1 },
        waitForAck: true,
        acksExpected: 1,
        startedAt: expect.any(Date),
      },
    ]);
    expect(of("acknowledged")).toEqual([received]);
    expect(of("ended")).toEqual([
      { status: "success", acksReceived: 1, acksExpected: 1, durationMs: expect.any(Number) },
    ]);
    const late = { messageId, userId: "43", clientId: "c2", accepted: false };
    expect(of("received")).toEqual([received, late]);
  });
});
