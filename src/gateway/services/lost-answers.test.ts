// docs/handler-services.md: answers that are lost, and answers of other calls.
import { describe, expect, it } from "vitest";
import { ErrorCode, RPCError } from "../../protocol/index.js";
import type { ConnectionContext } from "../../handlers/index.js";
import { connect, connectOne, failure, problems, startService, WAIT } from "./testing/connected.js";
import {
  type Answer,
  anyMethod,
  hangUp,
  type ReceivedCall,
  type ScriptedService,
  sendJson,
} from "../../../testing/scripted-service.js";

/** A service with a method that may run twice, and calls of it. */
async function connectIdempotent() {
  const service = await startService([{ ...anyMethod("test.run"), idempotent: true }]);
  const { call, lines } = await connect([service]);
  return { service, lines, call: async (params: unknown) => await call("test.run", params) };
}

describe("a call whose answer is lost", () => {
  it("is sent again when the method is idempotent", async () => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response, { body }) => {
      if (service.calls.length === 1) response.destroy();
      else sendJson(response, 200, { result: body.params });
    };
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    const [first, second] = service.calls.map(({ body }) => body);
    expect(second).toEqual({ ...first, timeout_ms: expect.any(Number) });
    expect(service.calls).toHaveLength(2);
  });

  it("so it is when a proxy says that it is", async () => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response, { body }) => {
      if (service.calls.length === 1) response.writeHead(502).end();
      else sendJson(response, 200, { result: body.params });
    };
    expect(await call({ a: 1 })).toEqual({ a: 1 });
  });

  it("ends with 409 when that is lost three times", async () => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response) => void response.destroy();
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(3);
  });

  it.each([
    [503, 5],
    [429, 2],
  ])("so it does when the others are refused with %d", async (status, requests) => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response) => {
      if (service.calls.length === 1) response.destroy();
      else response.writeHead(status).end();
    };
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(requests);
  });

  it("waits for a service that restarts", async () => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response, { body }) => {
      if (service.calls.length > 1) return sendJson(response, 200, { result: body.params });
      void service.stop().then(() => setTimeout(() => void service.listen(), 700));
    };
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    expect(service.calls).toHaveLength(2);
  });

  it("waits for a service that needs longer, until the call's time is up", async () => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response, { body }) => {
      if (service.calls.length > 1) return sendJson(response, 200, { result: body.params });
      void service.stop().then(() => setTimeout(() => void service.listen(), 6000));
    };
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    expect(service.calls).toHaveLength(2);
  });

  it("is never sent twice when the method is not idempotent", async () => {
    const { service, call } = await connectOne({ onCall: (response) => void response.destroy() });
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(1);
  });

  it("is not sent again when the handler ended with an error", async () => {
    const { service, call } = await connectIdempotent();
    const error = { code: ErrorCode.outcome_unknown, message: "the handler says so" };
    service.onCall = (response) => sendJson(response, 200, { error });
    expect((await failure(call({}))).message).toBe("the handler says so");
    expect(service.calls).toHaveLength(1);
  });
});

/** A service that remembers calls, with a method that must not run twice, and calls of it. */
async function connectKeeping() {
  const service = await startService(["test.run"]);
  service.epoch = "e1";
  const { call, lines } = await connect([service]);
  return {
    service,
    lines,
    call: async (params: unknown, conn: Partial<ConnectionContext> = {}) =>
      await call("test.run", params, { mayHaveRun: false, ...conn }),
  };
}

/** Refuses calls with another epoch, as a service that remembers calls does. */
function refuseOthers(service: ScriptedService, then: Answer<ReceivedCall>): Answer<ReceivedCall> {
  return (response, received) => {
    if (received.body["epoch"] === service.epoch) return then(response, received);
    if (service.epoch !== undefined) response.setHeader("X-RPC-Epoch", service.epoch);
    response.writeHead(412).end();
  };
}

const answerWithParams: Answer<ReceivedCall> = (response, { body }) =>
  sendJson(response, 200, { result: body.params });

describe("a service that remembers calls", () => {
  it("gets a call again if its answer is lost, with the epoch of the first request", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = (response, received) => {
      if (service.calls.length < 3) hangUp(response);
      else answerWithParams(response, received);
    };
    expect(await call({ a: 1 }, { idempotencyKey: "k" })).toEqual({ a: 1 });
    const [first, ...others] = service.calls.map(({ body }) => body);
    expect(first).toMatchObject({ version: 2, epoch: "e1", idempotency_key: "k" });
    expect(first).not.toHaveProperty("known_only");
    expect(others).toEqual([1, 2].map(() => ({ ...first, timeout_ms: expect.any(Number) })));
  });

  it("gets it three times at most", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = hangUp;
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(3);
  });

  it("does not get it again when it forgets its calls", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = (response, received) => {
      if (service.calls.length > 1)
        return refuseOthers(service, answerWithParams)(response, received);
      service.epoch = "e2";
      hangUp(response);
    };
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(2);
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    expect(service.calls.at(-1)?.body).toMatchObject({ epoch: "e2" });
  });

  it("gets a call with the new epoch when it was restarted before the call", async () => {
    const { service, call, lines } = await connectKeeping();
    service.epoch = "e2";
    service.onCall = refuseOthers(service, answerWithParams);
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    expect(service.calls.map(({ body }) => body["epoch"])).toEqual(["e1", "e2"]);
    expect(problems(lines)).toEqual([]);
  });

  it("forgets its calls if its processes do not share them", async () => {
    const { service, call } = await connectKeeping();
    // Two processes, which get the requests in turn.
    service.onCall = (response, received) => {
      service.epoch = service.calls.length % 2 === 0 ? "e1" : "e2";
      if (received.body["epoch"] === undefined) answerWithParams(response, received);
      else refuseOthers(service, answerWithParams)(response, received);
    };
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    service.onCall = hangUp;
    const before = service.calls.length;
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(before + 1);
  });

  it("gets calls without an epoch if every answer has another epoch", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = (response, received) => {
      service.epoch = `e${service.calls.length + 1}`;
      if (received.body["epoch"] === undefined) answerWithParams(response, received);
      else refuseOthers(service, answerWithParams)(response, received);
    };
    expect(await call({ a: 1 })).toEqual({ a: 1 });
    expect(service.calls.length).toBeLessThan(10);
  });

  it("only looks up a call that another gateway may have sent", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = answerWithParams;
    expect(await call({ a: 1 }, { mayHaveRun: true })).toEqual({ a: 1 });
    expect(service.calls[0]?.body).toMatchObject({ epoch: "e1", known_only: true });
    service.epoch = "e2";
    service.onCall = refuseOthers(service, answerWithParams);
    expect((await failure(call({}, { mayHaveRun: true }))).code).toBe(ErrorCode.outcome_unknown);
  });

  it("gets a cancellation when the caller cancels, but not when the gateway stops", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = () => undefined;
    for (const error of ["outcome_unknown", "cancelled"] as const) {
      const controller = new AbortController();
      const correlationId = `id-${error}`;
      const ended = call({}, { signal: controller.signal, correlationId, userId: "42" });
      const { closed } = await service.nextCall();
      controller.abort(RPCError.of(error));
      expect((await failure(ended)).code).toBe(ErrorCode[error]);
      await closed;
    }
    await expect.poll(() => service.cancellations, WAIT).toHaveLength(1);
    expect(service.cancellations).toEqual([
      { version: 2, user_id: "42", correlation_id: "id-cancelled" },
    ]);
  });

  it("gets calls without an epoch if it is not known whether they have run", async () => {
    const { service, call } = await connectKeeping();
    service.onCall = answerWithParams;
    await call({ a: 1 }, { mayHaveRun: undefined });
    expect(service.calls[0]?.body).toMatchObject({ version: 1 });
    expect(service.calls[0]?.body).not.toHaveProperty("epoch");
  });
});

describe("the answer of another call", () => {
  it("reaches nobody, and its connection is left behind", async () => {
    const { service, call, lines } = await connectOne();
    await call({});
    const kept = service.connections;
    service.onCall = (response) => {
      response.setHeader("X-RPC-Correlation-Id", "another");
      sendJson(response, 200, { result: "of another user" });
    };
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(problems(lines)).toMatchObject([{ reason: "its answer belongs to another call" }]);
    service.onCall = (response) => sendJson(response, 200, { result: "own" });
    expect(await call({})).toBe("own");
    expect(service.connections).toBeGreaterThan(kept);
  });

  it("and one that does not say whose it is, is no answer", async () => {
    const { call, lines } = await connectOne({
      onCall: (response) => {
        response.removeHeader("X-RPC-Correlation-Id");
        sendJson(response, 200, { result: 1 });
      },
    });
    expect((await failure(call({}))).code).toBe(ErrorCode.internal);
    expect(problems(lines)).toMatchObject([{ reason: "its answer has no X-RPC-Correlation-Id" }]);
  });
});
