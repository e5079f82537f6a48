import { describe, expect, it, vi } from "vitest";
import { readVectors } from "../../testing/vectors.js";
import { RPCError } from "../protocol/index.js";
import type { Gateway } from "./gateway.js";
import { call, connection, envelope, setUp, tooLarge } from "./testing/test-gateway.js";

interface RpcVector {
  name: string;
  user: string;
  method: string;
  data: unknown;
  answer: { data?: unknown; error?: unknown };
}

interface PublishVector extends Omit<RpcVector, "method"> {
  channel: string;
  published?: unknown;
}

const vectors = readVectors("messages") as { rpc: RpcVector[]; publish: PublishVector[] };

describe("the shared vectors", () => {
  it.each(vectors.rpc)("rpc: $name", async ({ user, method, data, answer }) => {
    const { gateway } = setUp();
    const response = await gateway.rpc(call(user, method, data));
    expect(response).toMatchObject(answer.error ? answer : { result: answer });
  });

  it.each(vectors.publish)("publish: $name", async ({ user, channel, data, answer, published }) => {
    const { gateway, publications } = setUp();
    const response = await gateway.publish({ ...connection, user, channel, data });
    expect(response).toMatchObject("error" in answer ? answer : { result: answer });
    await gateway.close();
    expect(publications).toMatchObject(published ? [published] : []);
  });
});

describe("a call that takes longer than the inline time", () => {
  it("is answered as pending, and its reply is published on the user's channel", async () => {
    const { gateway, publications, handlers } = setUp({ inlineTimeoutMs: 1 });
    const response = await gateway.rpc(call("42", "test.held", envelope("id-1")));
    expect(response.result?.data).toEqual({ $rpc: 1, correlation_id: "id-1", pending: true });
    expect(publications).toEqual([]);
    handlers.release({ ok: true });
    await gateway.close();
    expect(publications).toEqual([
      {
        channel: "user#42",
        data: { $rpc: 1, correlation_id: "id-1", result: { ok: true } },
        idempotencyKey: expect.any(String),
      },
    ]);
  });

  it("is published again when publishing fails at first", async () => {
    const { gateway, publications, handlers } = setUp({ inlineTimeoutMs: 1, failures: 2 });
    await gateway.rpc(call("42", "test.held", envelope("id-1")));
    handlers.release({ ok: true });
    await gateway.close();
    expect(publications).toHaveLength(1);
  });

  it("ends at its deadline even when the handler does not listen to its signal", async () => {
    const { gateway, publications } = setUp({ inlineTimeoutMs: 1 });
    await gateway.rpc(call("42", "test.held", envelope("id-1", { timeout_ms: 20 })));
    await gateway.close();
    expect(publications[0]).toMatchObject({ data: { error: { code: 408 } } });
  });
});

describe("a large deferred reply", () => {
  it("is published, and the channel's history leaves it out", async () => {
    const { gateway, publications, handlers } = setUp({ inlineTimeoutMs: 1 });
    await gateway.rpc(call("42", "test.held", envelope("id-1")));
    handlers.release({ text: "x".repeat(32 * 1024) });
    await gateway.close();
    expect(publications).toMatchObject([{ channel: "user#42", skipHistory: true }]);
  });
});

describe("many calls of one connection", () => {
  const many = (gateway: Gateway, count: number, method: string, from = connection.client) =>
    Array.from({ length: count }, (_, index) => {
      const request = call("42", method, envelope(`${from}-${method}-${index}`));
      return gateway.rpc({ ...request, client: from }).then(({ result }) => result?.data);
    });

  it("are answered as pending early if they are slow, the oldest first", async () => {
    vi.useFakeTimers();
    try {
      const { gateway, handlers } = setUp();
      const answers: unknown[] = [];
      const calls = many(gateway, 20, "test.held");
      const others = many(gateway, 16, "test.held", "c2");
      for (const answer of [...calls, ...others]) void answer.then((data) => answers.push(data));
      await vi.advanceTimersByTimeAsync(99);
      expect(answers).toEqual([]);
      await vi.advanceTimersByTimeAsync(1);
      const pending = [0, 1, 2, 3].map((index) => ({
        $rpc: 1,
        correlation_id: `c1-test.held-${index}`,
        pending: true,
      }));
      expect(answers).toEqual(pending);
      const late = gateway.rpc(call("42", "test.held", envelope("late")));
      await vi.advanceTimersByTimeAsync(0);
      expect(answers.slice(4)).toMatchObject([{ correlation_id: "c1-test.held-4", pending: true }]);
      handlers.release({ ok: true });
      await Promise.all([...calls, ...others, late]);
      expect(answers.slice(5)).toEqual(
        Array.from({ length: 31 }, () => expect.objectContaining({ result: { ok: true } })),
      );
    } finally {
      vi.useRealTimers();
    }
  });

  it("are answered inline if they are fast", async () => {
    const { gateway } = setUp();
    for (const answer of await Promise.all(many(gateway, 100, "test.who"))) {
      expect(answer).toMatchObject({ result: { userId: "42" } });
    }
  });

  it("in the plain form are refused with 429 beyond 48, which cannot be pending", async () => {
    const { gateway, handlers } = setUp();
    const plain = () => gateway.rpc(call("42", "test.held", {}));
    const running = Array.from({ length: 48 }, plain);
    expect((await plain()).error).toMatchObject({ code: 429, temporary: true });
    handlers.release({ ok: true });
    await Promise.all(running);
    expect((await plain()).result).toEqual({ data: { ok: true } });
  });
});

describe("a call whose time is up", () => {
  it("ends with 408 although its handler returned a result, if it returned too late", async () => {
    const busy = {
      has: () => true,
      isIdempotent: () => false,
      call: async () => waitBusily(20),
    };
    const { gateway } = setUp({ router: busy });
    const response = await gateway.rpc(call("42", "any", envelope("id-1", { timeout_ms: 5 })));
    expect(response.result?.data).toMatchObject({ error: { code: 408 } });
  });
});

/** Keeps the process busy, so that its timers are late. */
function waitBusily(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe("the same correlation ID", () => {
  it("of the same user while the call runs does not run the handler again", async () => {
    const { gateway, handlers } = setUp();
    const first = gateway.rpc(call("42", "test.held", envelope("id-1")));
    const second = gateway.rpc(call("42", "test.held", envelope("id-1", { attempt: 2 })));
    handlers.release({ ok: true });
    expect(await first).toEqual(await second);
    expect(handlers.runs).toBe(1);
  });

  it("of a running call of another method is refused, and what runs goes on", async () => {
    const { gateway, handlers } = setUp();
    const first = gateway.rpc(call("42", "test.held", envelope("id-1")));
    const second = await gateway.rpc(call("42", "test.other", envelope("id-1")));
    expect(second.result?.data).toMatchObject({
      error: { code: 400, message: expect.stringContaining("another method") },
    });
    handlers.release({ ok: true });
    expect((await first).result?.data).toMatchObject({ result: { ok: true } });
    expect(handlers.runs).toBe(1);
  });

  it("of another user is another call", async () => {
    const { gateway, handlers } = setUp();
    const calls = ["42", "43"].map((user) =>
      gateway.rpc(call(user, "test.held", envelope("id-1"))),
    );
    handlers.release({ ok: true });
    await Promise.all(calls);
    expect(handlers.runs).toBe(2);
  });
});

describe("cancelling", () => {
  it("aborts the handler's signal and ends the call", async () => {
    const { gateway, handlers } = setUp();
    const running = gateway.rpc(call("42", "test.held", envelope("id-1")));
    await expect.poll(() => handlers.runs).toBe(1);
    const cancelled = await gateway.rpc(
      call("42", "$rpc.cancel", { $rpc: 1, correlation_id: "id-1" }),
    );
    expect(cancelled.result?.data).toEqual({ $rpc: 1, cancelled: true });
    expect((await running).result?.data).toMatchObject({ error: { code: 499 } });
    expect(handlers.signals[0]?.reason).toMatchObject({ code: 499 });
  });

  it("does nothing to the call of another user", async () => {
    const { gateway, handlers } = setUp();
    const running = gateway.rpc(call("42", "test.held", envelope("id-1")));
    const cancelled = await gateway.rpc(
      call("43", "$rpc.cancel", { $rpc: 1, correlation_id: "id-1" }),
    );
    expect(cancelled.result?.data).toEqual({ $rpc: 1, cancelled: false });
    handlers.release({ ok: true });
    expect((await running).result?.data).toMatchObject({ result: { ok: true } });
  });
});

describe("data that does not come as text", () => {
  const nested = (levels: number): unknown => {
    let value: unknown = 1;
    for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { value };
    return value;
  };
  const error = { code: 400, message: "the request body is nested deeper than 256 levels" };

  it("may be as deep as in a request over HTTP", async () => {
    const { gateway } = setUp();
    const missing = { error: expect.objectContaining({ code: 404 }) };
    expect(await gateway.rpc(call("42", "unknown", nested(255)))).toEqual(missing);
    expect(await gateway.rpc(call("42", "unknown", nested(256)))).toEqual({ error });
    expect(await gateway.rpc(call("42", "unknown", nested(100_000)))).toEqual({ error });
  });

  it("may be as deep in a publication", async () => {
    const { gateway } = setUp();
    const request = { ...call("42", "", nested(256)), channel: "rpc.requests" };
    expect(await gateway.publish(request)).toEqual({ error });
  });
});

describe("a gateway that stops", () => {
  it("takes no more calls, lets the running ones end, and ends those that do not", async () => {
    const { gateway } = setUp();
    const running = gateway.rpc(call("42", "test.held", envelope("id-1")));
    const closed = gateway.close({ drainMs: 1 });
    const refused = await gateway.rpc(call("42", "math.add", envelope("id-2")));
    expect(refused).toEqual({
      error: { code: 503, message: "the gateway is stopping", temporary: true },
    });
    await closed;
    expect((await running).result?.data).toMatchObject({ error: { code: 409 } });
  });
});

describe("handlers", () => {
  it("see the caller as Centrifugo verified it, whatever the params say", async () => {
    const { gateway } = setUp();
    const request = call("42", "test.who", envelope("id-1", { params: { user: "43" } }));
    const response = await gateway.rpc({ ...request, meta: { tenant: 7 } });
    expect(response.result?.data).toMatchObject({
      result: { userId: "42", clientId: "c1", correlationId: "id-1", meta: { tenant: 7 } },
    });
  });

  it("whose result is larger than a connection takes fail with payload_too_large", async () => {
    const { gateway } = setUp();
    const response = await gateway.rpc(call("42", "test.large", envelope("id-1")));
    expect(response.result?.data).toMatchObject({ error: { code: 413 } });
  });

  it("whose result is not JSON fail as internal", async () => {
    const { gateway } = setUp();
    for (const method of ["test.circle", "test.function"]) {
      const response = await gateway.rpc(call("42", method, envelope(method)));
      expect(response.result?.data).toMatchObject({ error: { code: 500 } });
    }
  });

  it.each([
    ["are no JSON", new RPCError(1001, "quota used up", { limit: 10n })],
    ["are larger than a connection takes", new RPCError(1001, "quota used up", tooLarge)],
  ])("throw an error whose details %s: it arrives without them", async (_case, error) => {
    const { gateway } = setUp({
      router: { has: () => true, isIdempotent: () => false, call: () => Promise.reject(error) },
    });
    const response = await gateway.rpc(call("42", "any", envelope("id-1")));
    expect(response.result?.data).toHaveProperty("error", {
      code: 1001,
      message: "quota used up",
    });
  });

  it("throw an error whose message is larger than a connection takes: its code arrives", async () => {
    const { gateway } = setUp({
      router: {
        has: () => true,
        isIdempotent: () => false,
        call: () => Promise.reject(new RPCError(1001, tooLarge)),
      },
    });
    const response = await gateway.rpc(call("42", "any", envelope("id-1")));
    expect(response.result?.data).toHaveProperty("error", {
      code: 1001,
      message: "error 1001",
    });
  });
});

/** A gateway over the methods of the vectors and `test.*`, and what it publishes. */
