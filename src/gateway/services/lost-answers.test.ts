// docs/handler-services.md: answers that are lost, and answers of other calls.
import { describe, expect, it } from "vitest";
import { ErrorCode } from "../../protocol/index.js";
import { connect, connectOne, failure, problems, startService } from "./testing/connected.js";
import { anyMethod, sendJson } from "../../../testing/scripted-service.js";

/** A service with a method that may run twice, and calls of it. */
async function connectIdempotent() {
  const service = await startService([{ ...anyMethod("test.run"), idempotent: true }]);
  const { call, lines } = await connect([service]);
  return { service, lines, call: async (params: unknown) => await call("test.run", params) };
}

describe("a call whose answer is lost", () => {
  it("is sent once more when the method is idempotent", async () => {
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

  it("ends with 409 when that is lost as well", async () => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response) => void response.destroy();
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
    expect(service.calls).toHaveLength(2);
  });

  it.each([503, 429])("so it does when the second is refused with %d", async (status) => {
    const { service, call } = await connectIdempotent();
    service.onCall = (response) => {
      if (service.calls.length === 1) response.destroy();
      else response.writeHead(status).end();
    };
    expect((await failure(call({}))).code).toBe(ErrorCode.outcome_unknown);
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
