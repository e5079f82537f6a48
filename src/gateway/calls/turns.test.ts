import { describe, expect, it, vi } from "vitest";
import { type Turn, Turns } from "./turns.js";
import { call, connection, envelope, setUp } from "../testing/test-gateway.js";

describe("many calls of several users", () => {
  it("take turns, so that one with few calls does not wait for those of another", async () => {
    const turns = new Turns({ all: 1, perUser: 128 });
    const order: string[] = [];
    const take = async (user: string): Promise<void> => {
      const turn = turns.take(user, {}, 30_000);
      if ("reason" in turn) throw new Error(turn.reason);
      await turn.ready;
      order.push(user);
      await Promise.resolve();
      turn.end();
    };
    await Promise.all(["a", "a", "a", "a", "b", "c", "b"].map(take));
    expect(order).toEqual(["a", "a", "b", "c", "a", "b", "a"]);
  });

  it("are refused with 503 and a hint if too many wait", () => {
    const turns = new Turns({ all: 1, perUser: 1 });
    const takeAll = () =>
      Array.from({ length: 20_001 }, (_, at) => turns.take(`user-${at % 100}`, {}, 30_000));
    const refused = takeAll().filter((turn) => "reason" in turn);
    expect(refused).toEqual([]);
    const refusal = turns.take("another", {}, 30_000);
    expect(refusal).toMatchObject({ overloaded: true });
  });

  it("leave nothing behind when they end without having run", async () => {
    const turns = new Turns({ all: 1, perUser: 1 });
    const [first, second, third] = ["a", "b", "c"].map((user) => turns.take(user, {}, 30_000));
    for (const turn of [second, first]) if (turn && "end" in turn) turn.end();
    expect(third).toHaveProperty("ready");
    await (third as Turn).ready;
  });
});

describe("many calls of one user", () => {
  it("are refused if they would wait for more than half of their time", () => {
    vi.useFakeTimers();
    try {
      const turns = new Turns({ all: 10, perUser: 1 });
      const take = (timeoutMs: number) => turns.take("a", {}, timeoutMs);
      const first = take(1000) as Turn;
      const waiting = Array.from({ length: 6 }, () => take(1000));
      expect(waiting.every((turn) => "ready" in turn)).toBe(true);
      vi.advanceTimersByTime(100);
      first.end();
      expect(take(990)).toMatchObject({ overloaded: false, waitMs: 500 });
      expect(take(1000)).toHaveProperty("ready");
    } finally {
      vi.useRealTimers();
    }
  });

  it("wait for their turn beyond the limit, in all forms, and those of others do not", async () => {
    const { gateway, handlers, publications } = setUp({ maxCallsPerUser: 1 });
    const first = gateway.rpc(call("42", "test.held", envelope("id-1")));
    const later = [
      gateway.rpc(call("42", "test.who", envelope("id-2"))),
      gateway.rpc(call("42", "test.who", {})),
    ];
    const published = { method: "test.who", correlation_id: "id-3" };
    await gateway.publish({
      ...connection,
      user: "42",
      channel: "rpc.requests",
      data: published,
    });
    expect(await gateway.rpc(call("43", "test.who", envelope("id-2")))).toHaveProperty("result");
    expect(publications).toEqual([]);
    handlers.release({ ok: true });
    expect((await first).result?.data).toMatchObject({ result: { ok: true } });
    for (const response of await Promise.all(later)) expect(response).toHaveProperty("result");
    await gateway.close();
    expect(publications).toHaveLength(1);
  });

  it("do not run if their time is up or they are cancelled while they wait", async () => {
    const { gateway, handlers } = setUp({ maxCallsPerUser: 1 });
    const first = gateway.rpc(call("42", "test.held", envelope("id-1")));
    const late = gateway.rpc(call("42", "test.held", envelope("id-2", { timeout_ms: 1 })));
    expect((await late).result?.data).toMatchObject({
      error: { code: 408, details: { ran: false } },
    });
    const cancelled = gateway.rpc(call("42", "test.held", envelope("id-3")));
    await gateway.rpc(call("42", "$rpc.cancel", { $rpc: 1, correlation_id: "id-3" }));
    expect((await cancelled).result?.data).toMatchObject({ error: { code: 499 } });
    handlers.release({ ok: true });
    await first;
    const next = await gateway.rpc(call("42", "test.who", envelope("id-4")));
    expect(next.result?.data).toMatchObject({ result: { userId: "42" } });
  });

  it("count until their handlers have stopped: cancelling does not make room for more", async () => {
    const { gateway, handlers } = setUp({ maxCallsPerUser: 1 });
    const first = gateway.rpc(call("42", "test.held", envelope("id-1")));
    await expect.poll(() => handlers.runs).toBe(1);
    await gateway.rpc(call("42", "$rpc.cancel", { $rpc: 1, correlation_id: "id-1" }));
    expect((await first).result?.data).toMatchObject({ error: { code: 499 } });
    const next = gateway.rpc(call("42", "test.who", envelope("id-2", { timeout_ms: 5 })));
    expect((await next).result?.data).toMatchObject({
      error: { code: 408, details: { ran: false } },
    });
    handlers.release({ ok: true });
    const last = await gateway.rpc(call("42", "test.who", envelope("id-3")));
    expect(last.result?.data).toMatchObject({ result: { userId: "42" } });
  });

  it("may run when the handler of one that has ended never stops", async () => {
    vi.useFakeTimers();
    try {
      const { gateway, publications } = setUp({ maxCallsPerUser: 1 });
      const first = gateway.rpc(call("42", "test.held", envelope("id-1", { timeout_ms: 1 })));
      await vi.advanceTimersByTimeAsync(1);
      await first;
      void gateway.rpc(call("42", "test.who", envelope("id-2", { timeout_ms: 60_000 })));
      await vi.advanceTimersByTimeAsync(29_000);
      expect(publications).toEqual([]);
      await vi.advanceTimersByTimeAsync(2000);
      expect(publications).toMatchObject([{ data: { correlation_id: "id-2" } }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("are refused with 429 and a hint when to try again if too many wait", async () => {
    const { gateway, handlers } = setUp({ maxCallsPerUser: 1, inlineTimeoutMs: 1 });
    const held = Array.from({ length: 1001 }, (_, index) =>
      gateway.rpc(call("42", "test.held", envelope(`id-${index}`))),
    );
    const refused = await gateway.rpc(call("42", "test.who", envelope("id-next")));
    expect(refused.result?.data).toMatchObject({
      correlation_id: "id-next",
      error: { code: 429, details: { retry_after_ms: 1000 } },
    });
    expect((await gateway.rpc(call("42", "test.who", {}))).error).toMatchObject({ code: 429 });
    // The same call again is not another one.
    const again = await gateway.rpc(call("42", "test.held", envelope("id-1", { attempt: 2 })));
    expect(again.result?.data).toMatchObject({ pending: true });
    handlers.release({ ok: true });
    await Promise.all(held);
  });

  it("are refused with 429 if the params of those that wait are large", async () => {
    const { gateway, handlers } = setUp({ maxCallsPerUser: 1, inlineTimeoutMs: 1 });
    const params = { text: "x".repeat(1024 * 1024) };
    const held = Array.from({ length: 8 }, (_, index) =>
      gateway.rpc(call("42", "test.held", envelope(`id-${index}`, { params }))),
    );
    const refused = await gateway.rpc(call("42", "test.who", envelope("id-next", { params })));
    expect(refused.result?.data).toMatchObject({ error: { code: 429 } });
    handlers.release({ ok: true });
    await Promise.all(held);
  });
});
