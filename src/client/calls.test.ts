// Calls that are sent again: docs/protocol.md, section 5.
import { describe, expect, it, vi } from "vitest";
import type { CallOptions, CentrifugoRPCClient } from "./index.js";
import {
  connectScripted,
  type ScriptedTransport,
  type SentCall,
} from "./testing/scripted-transport.js";

/** Longer than calls are spread when they are sent again. */
const SPREAD_MS = 10;

/** Makes a call and returns it as it was sent. */
async function send(
  client: CentrifugoRPCClient,
  transport: ScriptedTransport,
  options?: CallOptions,
): Promise<{ call: Promise<unknown>; sent: SentCall }> {
  const call = client.call("any", { a: 1 }, options);
  call.catch(() => undefined);
  return { call, sent: await next(transport) };
}

/** Returns the one command that was sent. */
async function next(transport: ScriptedTransport, ms = 0): Promise<SentCall> {
  await vi.advanceTimersByTimeAsync(ms);
  const sent = transport.take();
  expect(sent).toHaveLength(1);
  return sent[0] as SentCall;
}

describe("a call whose connection is lost", () => {
  it.each(["sent", "pending"])("is sent again when it was %s", async (state) => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport, { timeout: 30_000, idempotencyKey: "k" });
    if (state === "pending") sent.reply({ pending: true });
    await vi.advanceTimersByTimeAsync(1000);
    transport.lose(...(state === "sent" ? [sent] : []));
    await vi.advanceTimersByTimeAsync(4000);
    expect(transport.take()).toEqual([]);
    transport.reconnect({ epoch: "e2" });
    const again = await next(transport, SPREAD_MS);
    const { timeout_ms, ...rest } = again.data;
    expect({ ...sent.data, attempt: 2 }).toEqual({ ...rest, timeout_ms: 30_000 });
    expect(rest).toMatchObject({ attempt: 2, epoch: "e1", idempotency_key: "k" });
    expect(timeout_ms).toBeGreaterThanOrEqual(24_980);
    expect(timeout_ms).toBeLessThanOrEqual(25_000);
    again.reply({ result: "kept" });
    await expect(call).resolves.toBe("kept");
  });

  it("is sent again after each loss, also while its reply may be on the way", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport);
    for (const attempt of [2, 3, 4]) {
      transport.lose(sent);
      transport.reconnect();
      const again = await next(transport, SPREAD_MS);
      expect(again.data).toMatchObject({ attempt, correlation_id: sent.data.correlation_id });
    }
    sent.reply({ result: "of the first attempt" });
    transport.publish(sent, { result: 1 });
    await expect(call).resolves.toBe(1);
  });

  it("ends with a reply that is recovered before it is sent again", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport);
    transport.lose(sent);
    transport.publish(sent, { result: "recovered" });
    transport.reconnect();
    await expect(call).resolves.toBe("recovered");
    await vi.advanceTimersByTimeAsync(SPREAD_MS);
    expect(transport.take()).toEqual([]);
  });

  it("ends with 409 if the gateway does not keep calls", async () => {
    const { client, transport } = await connectScripted({ keeps_calls: false });
    const { call, sent } = await send(client, transport);
    transport.lose(sent);
    await expect(call).rejects.toMatchObject({ code: 409 });
  });

  it("ends with 409 if the gateway to which the client reconnects does not keep calls", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport);
    transport.lose(sent);
    transport.reconnect({ keeps_calls: undefined });
    await vi.advanceTimersByTimeAsync(SPREAD_MS);
    await expect(call).rejects.toMatchObject({ code: 409 });
    expect(transport.take()).toEqual([]);
  });

  it("ends with 408 when its time is up, counted from the first sending", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport, { timeout: 5000 });
    transport.lose(sent);
    await vi.advanceTimersByTimeAsync(5001);
    await expect(call).rejects.toMatchObject({ code: 408 });
    transport.reconnect();
    await vi.advanceTimersByTimeAsync(SPREAD_MS);
    expect(transport.take()).toEqual([]);
  });

  it("that is cancelled meanwhile is cancelled at the gateway after the reconnect", async () => {
    const { client, transport } = await connectScripted();
    const controller = new AbortController();
    const { call, sent } = await send(client, transport, { signal: controller.signal });
    transport.lose(sent);
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: 499 });
    expect(transport.take()).toEqual([]);
    transport.reconnect();
    const cancel = await next(transport, SPREAD_MS);
    const { correlation_id } = sent.data;
    expect(cancel).toMatchObject({ method: "$rpc.cancel", data: { correlation_id } });
    cancel.refuse(2);
    expect(await next(transport, 100)).toMatchObject({ method: "$rpc.cancel" });
  });

  it("is not sent at the same moment as all others", async () => {
    const { client, transport } = await connectScripted();
    const calls = Array.from({ length: 500 }, () => client.call("any", {}));
    await vi.advanceTimersByTimeAsync(0);
    const sent = transport.take();
    transport.lose(...sent);
    transport.reconnect();
    await vi.advanceTimersByTimeAsync(500);
    const half = transport.take().length;
    expect(half).toBeGreaterThan(100);
    expect(half).toBeLessThan(400);
    await vi.advanceTimersByTimeAsync(500);
    expect(half + transport.sent.length).toBe(500);
    client.disconnect();
    await Promise.allSettled(calls);
  });
});

describe("Centrifugo's error 100", () => {
  it("is retried after a pause if the gateway keeps calls", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport);
    sent.refuse(100);
    await vi.advanceTimersByTimeAsync(49);
    expect(transport.take()).toEqual([]);
    const again = await next(transport, 51);
    expect(again.data).toMatchObject({ attempt: 2, correlation_id: sent.data.correlation_id });
    again.reply({ result: 1 });
    await expect(call).resolves.toBe(1);
  });

  it("is retried once if the connection is lost during the pause", async () => {
    const { client, transport } = await connectScripted();
    const { sent } = await send(client, transport);
    sent.refuse(100);
    await vi.advanceTimersByTimeAsync(10);
    transport.lose();
    transport.reconnect();
    expect((await next(transport, 1000)).data.attempt).toBe(2);
  });

  it("is the end of the call otherwise", async () => {
    const { client, transport } = await connectScripted({ keeps_calls: false });
    const { call, sent } = await send(client, transport);
    sent.refuse(100, "internal server error");
    await expect(call).rejects.toMatchObject({ code: 409 });
  });
});

describe("a call that the server refuses to run", () => {
  const refusals: [string, (sent: SentCall, transport: ScriptedTransport) => void][] = [
    ["a reply with 429", (sent) => sent.reply({ error: { code: 429, message: "busy" } })],
    ["a reply with 503", (sent) => sent.reply({ error: { code: 503, message: "busy" } })],
    ["Centrifugo's error 111", (sent) => sent.refuse(111)],
    [
      "a published 503",
      (sent, transport) => {
        sent.reply({ pending: true });
        transport.publish(sent, { error: { code: 503, message: "busy" } });
      },
    ],
  ];
  it.each(refusals)("is sent again after %s", async (_name, refuse) => {
    const { client, transport } = await connectScripted({ keeps_calls: false });
    const { call, sent } = await send(client, transport);
    refuse(sent, transport);
    await vi.advanceTimersByTimeAsync(49);
    expect(transport.take()).toEqual([]);
    transport.lose();
    transport.reconnect({ epoch: "e2" });
    const again = await next(transport, 51);
    // It has not run, so it does not matter what the gateway has forgotten.
    expect(again.data).toMatchObject({
      correlation_id: sent.data.correlation_id,
      attempt: 1,
      epoch: "e2",
    });
    again.reply({ result: 1 });
    await expect(call).resolves.toBe(1);
  });

  it("keeps its epoch if an earlier sending may have run", async () => {
    const { client, transport } = await connectScripted();
    const { sent } = await send(client, transport);
    transport.lose(sent);
    transport.reconnect({ epoch: "e2" });
    (await next(transport, SPREAD_MS)).reply({ error: { code: 503, message: "stopping" } });
    expect((await next(transport, 100)).data).toMatchObject({ attempt: 2, epoch: "e1" });
  });

  it("waits longer after each refusal, and as long as the server asks", async () => {
    const { client, transport } = await connectScripted();
    let { sent } = await send(client, transport, { timeout: 60_000 });
    for (const longest of [100, 200, 400, 800, 1600, 3200, 5000, 5000]) {
      sent.reply({ error: { code: 429, message: "busy" } });
      await vi.advanceTimersByTimeAsync(longest / 2 - 1);
      expect(transport.take()).toEqual([]);
      sent = await next(transport, longest / 2 + 1);
    }
    sent.reply({ error: { code: 429, message: "busy", details: { retry_after_ms: 7000 } } });
    await vi.advanceTimersByTimeAsync(6999);
    expect(transport.take()).toEqual([]);
    await next(transport, 7001);
  });

  it("ends with the refusal if the pause would exceed its time", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport, { timeout: 2000 });
    const error = { code: 429, message: "busy", details: { retry_after_ms: 2000 } };
    sent.reply({ error });
    await expect(call).rejects.toMatchObject(error);
  });

  it("ends with the refusal if its time is up without a connection", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport, { timeout: 2000 });
    sent.reply({ error: { code: 503, message: "stopping" } });
    await vi.advanceTimersByTimeAsync(0);
    transport.lose();
    await vi.advanceTimersByTimeAsync(2001);
    await expect(call).rejects.toMatchObject({ code: 503, message: "stopping" });
  });

  it("ends at once with `retry: false`", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport, { retry: false });
    sent.reply({ error: { code: 503, message: "stopping" } });
    await expect(call).rejects.toMatchObject({ code: 503 });
  });

  it("ends with 409 if an earlier sending may have run", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport, { retry: false });
    transport.lose(sent);
    transport.reconnect({ epoch: "e1" });
    (await next(transport, SPREAD_MS)).reply({ error: { code: 503, message: "stopping" } });
    await expect(call).rejects.toMatchObject({ code: 409 });
  });
});

describe("a pending call", () => {
  /** Asks arrive after 1.6 to 2.4 s. */
  const ASKED = 2400;

  it("is sent again when no gateway runs it any more", async () => {
    const { client, transport } = await connectScripted();
    const { call, sent } = await send(client, transport);
    sent.reply({ pending: true });
    await vi.advanceTimersByTimeAsync(1599);
    expect(transport.take()).toEqual([]);
    const ids = [sent.data.correlation_id];
    const first = await next(transport, ASKED - 1599);
    expect(first.method).toBe("$rpc.calls");
    expect(first.data).toEqual({ $rpc: 1, correlation_ids: ids });
    first.resolve({ $rpc: 1, send_again: [] });
    (await next(transport, ASKED)).resolve({ $rpc: 1, send_again: [...ids, "another"] });
    const again = await next(transport, SPREAD_MS);
    expect(again.data).toMatchObject({ correlation_id: ids[0], attempt: 2, epoch: "e1" });
    again.reply({ pending: true });
    expect((await next(transport, ASKED)).method).toBe("$rpc.calls");
    transport.publish(sent, { result: "of the second gateway" });
    await expect(call).resolves.toBe("of the second gateway");
  });

  it("is asked about as long as it is pending", async () => {
    const { client, transport } = await connectScripted();
    const { sent } = await send(client, transport);
    await vi.advanceTimersByTimeAsync(5000);
    expect(transport.take()).toEqual([]);
    sent.reply({ pending: true });
    (await next(transport, ASKED)).refuse(100);
    (await next(transport, ASKED)).resolve(null);
    await next(transport, ASKED);
    transport.publish(sent, { result: 1 });
    await vi.advanceTimersByTimeAsync(ASKED);
    expect(transport.take()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is not asked about if the gateway does not keep calls", async () => {
    const { client, transport } = await connectScripted({ keeps_calls: false });
    (await send(client, transport)).sent.reply({ pending: true });
    await vi.advanceTimersByTimeAsync(2 * ASKED);
    expect(transport.take()).toEqual([]);
  });

  it("is asked about together with at most 99 others", async () => {
    const { client, transport } = await connectScripted();
    const calls = Array.from({ length: 250 }, () => client.call("any", {}));
    await vi.advanceTimersByTimeAsync(0);
    for (const sent of transport.take()) sent.reply({ pending: true });
    await vi.advanceTimersByTimeAsync(ASKED);
    const asked = transport.take().map(({ data }) => data.correlation_ids);
    expect(asked.map((ids) => ids.length)).toEqual([100, 100, 50]);
    expect(new Set(asked.flat()).size).toBe(250);
    client.disconnect();
    await Promise.allSettled(calls);
  });
});

it("refuses an idempotency key that is too short or too long", async () => {
  const { client, transport } = await connectScripted();
  for (const idempotencyKey of ["", "k".repeat(129)]) {
    await expect(client.call("any", {}, { idempotencyKey })).rejects.toMatchObject({
      name: "RangeError",
      code: "CRPC_ARGUMENT_INVALID",
      message: `idempotencyKey has ${idempotencyKey.length} characters: use 1 to 128`,
    });
  }
  const { sent } = await send(client, transport, { idempotencyKey: "k".repeat(128) });
  expect(sent.data.idempotency_key).toHaveLength(128);
});
