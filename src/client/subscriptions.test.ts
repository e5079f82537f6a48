// Subscriptions, acknowledgements and the contract check, against a scripted gateway.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { RpcProxyRequest } from "../protocol/index.js";
import type { ChannelMessage, ContractMismatch } from "./index.js";
import { hello, reply, secrets, setUp } from "./testing/scripted-gateway.js";

const CHANNEL = "news#42";

function tagged(id: string) {
  return { tags: { rpc_ack: "1", rpc_message_id: id } };
}

/** A connected client whose gateway accepts every acknowledgement. */
async function subscriber(answerAck: (data: unknown) => unknown = () => ({ accepted: true })) {
  const acks: { message_id: string; subscriber_id: string }[] = [];
  const setting = await setUp((request) => {
    if (request.method !== "$rpc.ack") return reply(request, { result: null });
    acks.push(request.data as (typeof acks)[number]);
    return { $rpc: 1, ...(answerAck(request.data) as object) };
  });
  await setting.client.connect();
  return { ...setting, acks };
}

describe("a subscription", () => {
  it("receives data and tags, one publication at a time", async () => {
    const { client, broker } = await subscriber();
    const log: string[] = [];
    const messages: ChannelMessage[] = [];
    await client.subscribe(CHANNEL, async (data, message) => {
      log.push(`begin ${String(data)}`);
      messages.push(message);
      await Promise.resolve();
      log.push(`end ${String(data)}`);
    });
    await broker.publish(CHANNEL, 1, { tags: { kind: "news" } });
    await broker.publish(CHANNEL, 2);
    await expect.poll(() => log).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
    expect(messages[0]).toEqual({ channel: CHANNEL, messageId: undefined, tags: { kind: "news" } });
  });

  it("ends without ending other subscriptions of its channel", async () => {
    const { client, broker } = await subscriber();
    const first = vi.fn<(data: unknown) => void>();
    const second = vi.fn<(data: unknown) => void>();
    const subscription = await client.subscribe(CHANNEL, first);
    await client.subscribe(CHANNEL, second);
    subscription.unsubscribe();
    subscription.unsubscribe();
    await broker.publish(CHANNEL, "x");
    await expect.poll(() => second.mock.calls.length).toBe(1);
    expect(first).not.toHaveBeenCalled();
  });

  it("can be repeated after it has ended", async () => {
    const { client, broker } = await subscriber();
    (await client.subscribe(CHANNEL, () => undefined)).unsubscribe();
    const callback = vi.fn<(data: unknown) => void>();
    await client.subscribe(CHANNEL, callback);
    await broker.publish(CHANNEL, "x");
    await expect.poll(() => callback.mock.calls.length).toBe(1);
  });

  it("to the user's own channel receives everything except replies", async () => {
    const { client, broker } = await subscriber();
    const seen: unknown[] = [];
    await client.subscribe("user#42", (data) => void seen.push(data));
    await broker.publish("user#42", { $rpc: 1, correlation_id: "c", result: 1 });
    await broker.publish("user#42", { type: "news" });
    await expect.poll(() => seen).toEqual([{ type: "news" }]);
    expect(await client.call("any", {})).toBeNull();
  });

  it("to the user's own channel can end, and replies still arrive", async () => {
    const { client, broker } = await setUp(async (request) => {
      await broker.publish("user#42", reply(request, { result: "deferred" }));
      return reply(request, { pending: true });
    });
    await client.connect();
    (await client.subscribe("user#42", () => undefined)).unsubscribe();
    expect(await client.call("any", {})).toBe("deferred");
  });

  it("to another user's channel is refused", async () => {
    const { client } = await subscriber();
    const refused = client.subscribe("news#7", () => undefined);
    await expect(refused).rejects.toMatchObject({ code: 403 });
  });

  it("that the server has not accepted yet fails at once when the client disconnects", async () => {
    const { client } = await subscriber();
    const subscribing = client.subscribe(CHANNEL, () => undefined);
    client.disconnect();
    await expect(subscribing).rejects.toMatchObject({ code: 499 });
  });

  it("that the server has not accepted yet reports the end of the connection once", async () => {
    const { client } = await setUp(
      () => ({}),
      () => ({ ...hello, versions: [2] }),
    );
    const onError = vi.fn<(error: unknown) => void>();
    const connecting = client.connect();
    const subscribing = client.subscribe(CHANNEL, () => undefined, { onError });
    await expect(subscribing).rejects.toMatchObject({ code: 503 });
    await expect(connecting).rejects.toThrow("protocol version");
    expect(onError).not.toHaveBeenCalled();
  });

  it("waits for the connection until its timeout", async () => {
    const { client } = await setUp(
      () => ({}),
      () => hello,
      { timeout: 1 },
    );
    const connecting = client.connect();
    const refused = client.subscribe(CHANNEL, () => undefined);
    await expect(refused).rejects.toMatchObject({
      code: 503,
      message: "no connection within 1 ms",
    });
    await connecting;
  });

  it("receives nothing after unsubscribe()", async () => {
    const { client, broker } = await subscriber();
    const seen: unknown[] = [];
    const others: unknown[] = [];
    let finish!: () => void;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const subscription = await client.subscribe(CHANNEL, (data) => {
      seen.push(data);
      return slow;
    });
    await client.subscribe(CHANNEL, (data) => void others.push(data));
    await broker.publish(CHANNEL, "first");
    await broker.publish(CHANNEL, "queued");
    await expect.poll(() => others).toEqual(["first", "queued"]);
    subscription.unsubscribe();
    finish();
    await broker.publish(CHANNEL, "later");
    await expect.poll(() => others).toEqual(["first", "queued", "later"]);
    expect(seen).toEqual(["first"]);
  });

  it("needs a connection", async () => {
    const { client } = await setUp(() => ({}));
    const refused = client.subscribe(CHANNEL, () => undefined);
    await expect(refused).rejects.toMatchObject({ code: 503 });
  });

  it("that the server ends reports an error", async () => {
    const { client, broker } = await subscriber();
    const onError = vi.fn<(error: unknown) => void>();
    await client.subscribe(CHANNEL, () => undefined, { onError });
    await fetch(new URL("/api/unsubscribe", broker.url.replace("ws", "http")), {
      method: "POST",
      headers: { "X-API-Key": secrets.apiKey },
      body: JSON.stringify({ user: "42", channel: CHANNEL }),
    });
    await expect.poll(() => onError.mock.calls.length).toBe(1);
    expect(onError.mock.calls[0]![0]).toMatchObject({ code: 403 });
  });
});

describe("an acknowledgement", () => {
  it("is sent once, after all callbacks have returned", async () => {
    const { client, broker, acks } = await subscriber();
    let finish!: () => void;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const callback = vi.fn<() => Promise<void>>(() => slow);
    await client.subscribe(CHANNEL, callback);
    await client.subscribe(CHANNEL, () => undefined);
    await broker.publish(CHANNEL, "x", tagged("m1"));
    await expect.poll(() => callback.mock.calls.length).toBe(1);
    expect(acks).toEqual([]);
    finish();
    await expect.poll(() => acks).toMatchObject([{ $rpc: 1, message_id: "m1" }]);
    await broker.publish(CHANNEL, "x", tagged("m1"));
    await broker.publish(CHANNEL, "y", tagged("m2"));
    await expect.poll(() => acks.map((ack) => ack.message_id)).toEqual(["m1", "m2"]);
    expect(new Set(acks.map((ack) => ack.subscriber_id)).size).toBe(1);
    expect(callback).toHaveBeenCalledTimes(2);
  });

  it("is not sent if a callback fails, which receives the message again if it is published again", async () => {
    const { client, broker, acks } = await subscriber();
    const callback = vi
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new Error("first time"))
      .mockResolvedValue(undefined);
    const onError = vi.fn<(error: unknown) => void>();
    await client.subscribe(CHANNEL, callback, { onError });
    await broker.publish(CHANNEL, "x", tagged("m1"));
    await expect.poll(() => onError.mock.calls).toEqual([[new Error("first time")]]);
    expect(acks).toEqual([]);
    await broker.publish(CHANNEL, "x", tagged("m1"));
    await expect.poll(() => acks.length).toBe(1);
  });

  it.each([100, 111, 429, 503])("is sent again after the error %d", async (code) => {
    const failures = [{ code, message: "later" }];
    const { client, broker, acks } = await subscriber(() => {
      const failure = failures.shift();
      if (failure) throw failure;
      return { accepted: true };
    });
    await client.subscribe(CHANNEL, () => undefined);
    await broker.publish(CHANNEL, "x", tagged("m1"));
    await expect.poll(() => acks.map((ack) => ack.message_id)).toEqual(["m1", "m1"]);
  });

  it("is not sent again after a refusal", async () => {
    const { client, broker, acks } = await subscriber(() => {
      throw { code: 403, message: "no" };
    });
    await client.subscribe(CHANNEL, () => undefined);
    await broker.publish(CHANNEL, "x", tagged("m1"));
    await expect.poll(() => acks.length).toBe(1);
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => setTimer.mockRestore());
    await client.call("any", {}); // by then the pause before the next would have begun
    expect(setTimer.mock.calls).not.toContainEqual([expect.any(Function), 250]);
  });
});

describe("the contract check", () => {
  const methods = [
    { name: "a", hash: "h-a", params: { type: "object" } },
    { name: "b", hash: "h-b", result: { type: "string" } },
    { name: "c", hash: "h-c" },
    { name: "huge", hash: "h-huge", description: "x".repeat(2000) },
  ];
  const contract = { hash: "h1", load: () => Promise.resolve(methods) };

  async function mismatches(serverHash: string | undefined, watchFirst: boolean) {
    const asked: unknown[] = [];
    const answer = (request: RpcProxyRequest): unknown => {
      const { methods: sent } = request.data as { methods: Record<string, unknown> };
      asked.push(sent);
      const whole = typeof Object.values(sent)[0] === "object";
      const verdicts = whole
        ? { a: "compatible", b: "changed" }
        : { a: "unknown", b: "unknown", c: "removed", huge: "unknown" };
      return { $rpc: 1, verdicts };
    };
    const greet = () => ({ ...hello, max_message_bytes: 2500, contract: serverHash });
    const { client } = await setUp(answer, greet);
    const found: ContractMismatch[] = [];
    const watch = () => client.watchContract(contract, (mismatch) => found.push(mismatch));
    if (watchFirst) watch();
    await client.connect();
    if (!watchFirst) watch();
    return { asked, found, client };
  }

  it.each([true, false])(
    "reports the verdicts of changed methods (watched first: %s)",
    async (first) => {
      const { asked, found } = await mismatches("h2", first);
      const verdicts = { a: "compatible", b: "changed", c: "removed", huge: "changed" };
      await expect.poll(() => found).toEqual([{ serverHash: "h2", methods: verdicts }]);
      expect(asked).toEqual([
        { a: "h-a", b: "h-b", c: "h-c", huge: "h-huge" },
        { a: { params: { type: "object" } }, b: { result: { type: "string" } } },
      ]);
    },
  );

  it.each(["h1", undefined])("asks nothing if the server's hash is %s", async (serverHash) => {
    const { asked, found, client } = await mismatches(serverHash, true);
    await client.subscribe(CHANNEL, () => undefined); // by then it would have asked
    expect([asked, found]).toEqual([[], []]);
  });
});

describe("the trace of a call", () => {
  it("comes from the application", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const { client, requests } = await setUp(
      (request) => reply(request, { result: null }),
      undefined,
      { traceContext: () => ({ traceparent }) },
    );
    await client.connect();
    await client.call("any", {});
    expect(requests.at(-1)?.data).toMatchObject({ traceparent });
  });
});
