import { describe, expect, it, vi } from "vitest";
import type { RpcProxyRequest } from "../protocol/index.js";
import { createRouter, Registry } from "../server/index.js";
import type { AckStore } from "./ack-store.js";
import { CentrifugoApiError } from "./centrifugo-api-error.js";
import { createGateway, type Gateway } from "./gateway.js";
import { createMemoryAckStore } from "./memory-ack-store.js";
import { MessageArgumentError } from "./message-checks.js";
import type { GatewayObserver } from "./observer.js";
import type { Publisher, PublishOptions } from "./publisher.js";

const SOON = 0.02;

describe("publishing", () => {
  it("gives an ID and says that it was published, and asks for no acknowledgement", async () => {
    const { gateway, publications } = setUp();
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
    const { gateway, publications } = setUp();
    await gateway.publisher.publish("events:a", 1, { idempotencyKey: "order-7" });
    expect(publications).toMatchObject([{ idempotencyKey: "order-7" }]);
  });

  it("says why it failed, once when another attempt would fail as well", async () => {
    const { gateway, attempts } = setUp({
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
      const { gateway, attempts } = setUp({ fail: new CentrifugoApiError("away", options) });
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
    "data that is no JSON": ["events:a", 1n],
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
    const { gateway, attempts } = setUp();
    const { publisher } = gateway;
    const refused = { name: "MessageArgumentError" };
    await expect(publisher.publishWithAck(channel, data, options)).rejects.toMatchObject(refused);
    await expect(publisher.broadcast([channel], data, options)).rejects.toMatchObject(refused);
    expect(attempts()).toBe(0);
  });
});

describe("publishing with acknowledgement", () => {
  it("asks for it with tags, and waits for one client", async () => {
    const { gateway, publications, published, ack } = setUp();
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
    const { gateway, ack } = setUp({
      onPublish: async ({ tags }) => void (await ack(tags?.["rpc_message_id"] ?? "", "42")),
    });
    const result = await gateway.publisher.publishWithAck("events:a", 1, { timeout: SOON });
    expect(result.status).toBe("success");
  });

  it("tells timeout and partial apart", async () => {
    const { gateway, published, ack } = setUp();
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
    const { gateway, published, ack } = setUp();
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
    const { gateway, published, ack } = setUp();
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
    const { gateway, published, ack } = setUp({ presence: async () => present });
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
    const { gateway } = setUp({ presence: async () => [] });
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
    const { gateway, attempts } = setUp(presence ? { presence } : {});
    const result = await gateway.publisher.publishWithAck("user#42", 1, { acks: "all" });
    expect(result).toMatchObject({
      published: false,
      status: "failed",
      error: { code: 400, message: expect.stringContaining('"all"') },
    });
    expect(attempts()).toBe(0);
  });

  it("is found again by its idempotency key, with what was acknowledged", async () => {
    const { gateway, published, ack } = setUp();
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
    const { gateway, store, attempts, ack } = setUp();
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
    const { gateway, store, published } = setUp();
    const waiting = gateway.publisher.publishWithAck("events:a", 1, { timeout: 0.05 });
    await published();
    store.list = async () => [{ subscriberId: "s", clientId: "c", userId: "42" }];
    expect(await waiting).toMatchObject({ acksReceived: 1, status: "success" });
  });
});

describe("a broadcast", () => {
  it("is one request, and tells of each channel how it ended", async () => {
    const error = new CentrifugoApiError("unknown channel", { code: 102 });
    const broadcast = vi.fn<NonNullable<Publisher["broadcast"]>>(async () => [{}, { error }]);
    const { gateway } = setUp({ broadcast });
    const results = await gateway.publisher.broadcast(["events:a", "nowhere:b"], 1);
    expect(results).toMatchObject([
      { channel: "events:a", published: true, status: "success" },
      { channel: "nowhere:b", published: false, status: "failed", error: { code: 400 } },
    ]);
    expect(broadcast).toHaveBeenCalledOnce();
  });

  it("waits in each channel for its own acknowledgements", async () => {
    const { gateway, published, ack } = setUp();
    const channels = ["events:a", "events:b"];
    const waiting = gateway.publisher.broadcast(channels, 1, { acks: 1, timeout: 0.1 });
    await ack(await published(), "42");
    await published();
    expect(await waiting).toMatchObject([{ status: "success" }, { status: "timeout" }]);
  });

  it("goes to 1 to 1000 channels", async () => {
    const { gateway, publications } = setUp();
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
    const { gateway, published, ack } = setUp();
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

describe("two gateways with one store", () => {
  it("hand acknowledgements to the one that waits", async () => {
    const store = createMemoryAckStore();
    const [first, second] = [setUp({ store }), setUp({ store })];
    const waiting = first.gateway.publisher.publishWithAck("events:a", 1, { acks: 2 });
    const messageId = await first.published();
    expect(await second.ack(messageId, "42")).toMatchObject({ accepted: true });
    expect(await first.ack(messageId, "42")).toMatchObject({ accepted: false });
    expect(await second.ack(messageId, "43")).toMatchObject({ accepted: true });
    expect((await waiting).status).toBe("success");
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
    const { gateway, published, ack } = setUp({ observers: [observer] });
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

interface Published extends PublishOptions {
  channel: string;
  data: unknown;
}

/** A gateway over a broker that the test plays. */
function setUp(
  options: {
    fail?: Error;
    onPublish?: (publication: Published) => Promise<void>;
    store?: AckStore;
    observers?: GatewayObserver[];
  } & Omit<Publisher, "publish"> = {},
) {
  const { fail, onPublish, store = createMemoryAckStore(), observers, ...publisher } = options;
  const publications: Published[] = [];
  let attempts = 0;
  let taken = 0;
  const gateway: Gateway = createGateway({
    router: createRouter(new Registry()),
    publisher: {
      ...publisher,
      async publish(channel, data, how) {
        attempts++;
        if (fail) throw fail;
        publications.push({ channel, data, ...how });
        await onPublish?.({ channel, data, ...how });
      },
    },
    acks: store,
    ...(observers && { observers }),
  });
  return {
    gateway,
    store,
    publications,
    attempts: () => attempts,
    /** The message ID of the next publication that is to be acknowledged. */
    async published(): Promise<string> {
      const publication = await vi.waitUntil(() => publications[taken]);
      taken++;
      return publication.tags?.["rpc_message_id"] ?? "";
    },
    /** What the gateway answers to `$rpc.ack`; each user has one client unless it says otherwise. */
    async ack(
      messageId: string,
      user: string,
      from: { client?: string; subscriber?: string } = {},
    ) {
      const { client = `c-${user}`, subscriber = `s-${user}` } = from;
      const request: RpcProxyRequest = {
        client,
        transport: "websocket",
        protocol: "json",
        encoding: "json",
        user,
        method: "$rpc.ack",
        data: { $rpc: 1, message_id: messageId, subscriber_id: subscriber },
      };
      const { result, error } = await gateway.rpc(request);
      if (error) throw Object.assign(new Error(error.message), error);
      return result?.data;
    },
  };
}
