// docs/handler-services.md: the contract of a service, and when it is asked for.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ErrorCode } from "../../protocol/index.js";
import { createCaller, Registry, websocketRpc } from "../../handlers/index.js";
import { connect, failure, POLL, problems, startService, WAIT } from "./testing/connected.js";
import { hangUp, sendJson } from "../../../testing/scripted-service.js";

describe("the contract of the gateway", () => {
  it("has the methods of all services and its own, each as its place describes it", async () => {
    const whole = {
      name: "a.whole",
      description: "does it",
      deprecated: "use b.whole",
      idempotent: true,
      params: {
        type: "object",
        properties: { id: { $ref: "#/$defs/Id" } },
        $defs: { Id: { type: "integer" } },
      },
      result: { type: "string", format: "date-time" },
      errors: [
        { name: "QuotaUsedUp", code: 1001, description: "no more" },
        { name: "NotFound", code: 1004, details: { type: "object", properties: {} } },
      ],
      examples: [{ description: "one", params: { id: 1 }, result: "2026-01-01T00:00:00Z" }],
    } as const;
    const bare = { name: "b.bare" };
    const first = await startService([whole as never]);
    const second = await startService([bare, { name: "b.never", params: false, result: true }]);
    const handlers = new Registry();
    websocketRpc("own.method", { registry: handlers })(async () => undefined);
    const { services } = await connect([first, second], { handlers });
    const contract = services.contract();
    expect(contract.methods).toEqual([
      whole,
      bare,
      { name: "b.never", params: { not: {} }, result: {} },
      { name: "own.method" },
    ]);
    expect(services.contract()).toBe(contract);
    expect(services.list().map(({ name }) => name)).toEqual(
      contract.methods.map(({ name }) => name),
    );
  });

  it("is a failure, the same each time, when two services give one code to different errors", async () => {
    const error = (name: string) => ({ errors: [{ name, code: 1001 }] });
    const first = await startService([{ name: "a.run", ...error("One") }]);
    const second = await startService([{ name: "b.run", ...error("Other") }]);
    const { services } = await connect([first, second]);
    const thrown = caught(() => services.contract());
    expect(thrown).toBeInstanceOf(TypeError);
    expect(thrown.message).toContain(
      "error Other (1001) of b.run conflicts with error One (1001) of a.run",
    );
    expect(caught(() => services.contract())).toBe(thrown);
    expect(services.get("b.run")).toBeDefined();
  });
});

describe("a service is asked for its contract", () => {
  it("again and again, and says when it is still the same", async () => {
    const service = await startService(["a.run"]);
    const { services, lines } = await connect([service], POLL);
    const contract = services.contract();
    await vi.waitUntil(() => service.contractRequests.length >= 4, WAIT);
    const [first, ...others] = service.contractRequests;
    expect(first).toBeUndefined();
    expect(new Set(others)).toEqual(new Set(['"1"']));
    expect(services.contract()).toBe(contract);
    expect(lines.map(({ message }) => message)).toEqual(["handler service up"]);
  });

  it("also when it has no entity tags, which is no change either", async () => {
    const service = await startService(["a.run"]);
    service.onContract = (response) => sendJson(response, 200, service.contract);
    const { services, onChange } = await connect([service], POLL);
    const contract = services.contract();
    await vi.waitUntil(() => service.contractRequests.length >= 4, WAIT);
    expect(services.contract()).toBe(contract);
    expect(onChange).not.toHaveBeenCalled();
  });

  it("also when its entity tag is a text that no header of ours can have", async () => {
    const service = await startService(["a.run"]);
    const utf8 = Buffer.from('"\u20AC"').toString("latin1");
    service.onContract = (response) => sendJson(response, 200, service.contract, { ETag: utf8 });
    const { lines } = await connect([service], POLL);
    await vi.waitUntil(() => service.contractRequests.length >= 3, WAIT);
    expect(problems(lines)).toEqual([]);
  });

  it("when an answer names another entity tag, once for many answers", async () => {
    const service = await startService(["a.run"]);
    const { services, onChange } = await connect([service]);
    service.change("a.run", "a.new");
    const caller = createCaller({ registry: services });
    await Promise.all(Array.from({ length: 20 }, () => caller.call("a.run", {})));
    await vi.waitUntil(() => services.get("a.new"), WAIT);
    expect(service.contractRequests).toEqual([undefined, '"1"']);
    expect(onChange).toHaveBeenCalledOnce();
  });

  it("not when an answer names the same one as a weak tag", async () => {
    const service = await startService(["a.run"]);
    const { services } = await connect([service]);
    service.onCall = (response) =>
      sendJson(response, 200, { result: 1 }, { "X-RPC-Contract": 'W/"1"' });
    const caller = createCaller({ registry: services });
    await caller.call("a.run", {});
    service.change("a.run", "a.new");
    service.onCall = (response) =>
      sendJson(response, 200, { result: 1 }, { "X-RPC-Contract": '"2"' });
    await caller.call("a.run", {});
    await vi.waitUntil(() => services.get("a.new"), WAIT);
    expect(service.contractRequests).toHaveLength(2);
  });

  it("by one request at a time", async () => {
    const service = await startService(["a.run"]);
    const { services } = await connect([service], POLL);
    const open: (() => void)[] = [];
    service.onContract = (response) =>
      void open.push(() => sendJson(response, 200, service.contract));
    await vi.waitUntil(() => open.length > 0, WAIT);
    service.etag = '"2"';
    for (let index = 0; index < 10; index++)
      await createCaller({ registry: services }).call("a.run");
    expect(open).toHaveLength(1);
  });
});

describe("a changed contract", () => {
  it("is picked up: new methods are there, removed ones gone, changed ones as they are now", async () => {
    const service = await startService(["a.old", "a.kept", "a.changed"]);
    const { services, onChange, logged } = await connect([service], POLL);
    const before = services.contract();
    service.change("a.kept", "a.new", { name: "a.changed", params: {} });
    const line = await logged("contract of a handler service changed");
    expect(line).toEqual({
      level: "info",
      message: "contract of a handler service changed",
      url: service.url,
      added: ["a.new"],
      removed: ["a.old"],
      changed: ["a.changed"],
    });
    expect(onChange).toHaveBeenCalledOnce();
    const names = services.contract().methods.map(({ name }) => name);
    expect(names).toEqual(["a.changed", "a.kept", "a.new"]);
    expect(services.contract()).not.toBe(before);
    const caller = createCaller({ registry: services });
    expect(await caller.call("a.new", { x: 1 })).toEqual({ x: 1 });
    await expect(caller.call("a.old")).rejects.toMatchObject({ code: ErrorCode.method_not_found });
  });

  it("names some of very many methods in the log", async () => {
    const service = await startService(["a.run"]);
    const { logged } = await connect([service], POLL);
    service.change(...Array.from({ length: 1000 }, (_, index) => `a.m${index}`));
    const { added } = await logged("contract of a handler service changed");
    expect(added).toHaveLength(51);
    expect((added as string[]).at(-1)).toBe("and 950 more");
  });

  it("goes on when what follows it fails", async () => {
    const service = await startService(["a.run"]);
    const { services, logged } = await connect([service], {
      ...POLL,
      onChange: () => {
        throw new Error("not today");
      },
    });
    service.change("a.new");
    await logged("onChange of the handler services failed");
    service.change("a.newer");
    expect(await vi.waitUntil(() => services.get("a.newer"), WAIT)).toBeDefined();
  });
});

describe("a service that is down", () => {
  it("at the start: its methods are unavailable until it is reached, and known then", async () => {
    const [up, away] = [await startService(["a.run"]), await startService(["b.run"])];
    await away.stop();
    const { services, lines, onChange, logged } = await connect([up, away], POLL);
    expect(lines).toContainEqual({
      level: "warn",
      message: "handler service down",
      url: away.url,
      reason: expect.stringContaining("ECONNREFUSED"),
    });
    expect(services.states()).toEqual([
      { url: up.url, state: "up", methods: ["a.run"] },
      { url: away.url, state: "down", methods: [], reason: expect.any(String) },
    ]);
    const caller = createCaller({ registry: services });
    expect(await caller.call("a.run", 1)).toBe(1);
    const error = await failure(caller.call("b.run"));
    expect(error.toWire()).toEqual({
      code: ErrorCode.unavailable,
      message: 'no method "b.run" yet: a handler service has not been reached',
    });
    await away.listen();
    await logged("handler service up");
    await vi.waitUntil(() => services.get("b.run"), WAIT);
    expect(onChange).toHaveBeenCalledOnce();
    expect(await caller.call("b.run", 2)).toBe(2);
    await expect(caller.call("c.run")).rejects.toMatchObject({ code: ErrorCode.method_not_found });
  });

  it("later: gives 503 for its methods alone, and comes back by itself", async () => {
    const [up, away] = [await startService(["a.run"]), await startService(["b.run"])];
    const { services, lines, logged } = await connect([up, away], POLL);
    const contract = services.contract();
    await away.stop();
    await logged("handler service down");
    const caller = createCaller({ registry: services });
    await expect(caller.call("b.run")).rejects.toMatchObject({ code: ErrorCode.unavailable });
    await expect(caller.call("c.run")).rejects.toMatchObject({ code: ErrorCode.method_not_found });
    expect(await caller.call("a.run", 1)).toBe(1);
    expect(services.contract()).toBe(contract);
    await away.listen();
    await vi.waitUntil(() => services.states()[1]?.state === "up", WAIT);
    expect(await caller.call("b.run", 2)).toBe(2);
    const aboutAway = lines.filter(({ url }) => url === away.url);
    expect(aboutAway.map(({ message }) => message)).toEqual([
      "handler service up",
      "handler service down",
      "handler service up",
    ]);
  });

  it("is a change, as is another reason, and that it is back: once each", async () => {
    const service = await startService(["a.run"]);
    const { services, onChange } = await connect([service], POLL);
    const contract = services.contract();
    const good = service.onContract;
    const state = () => services.states()[0];
    for (const [status, changes] of [
      [500, 1],
      [404, 2],
      [200, 3],
    ] as const) {
      const asked = service.contractRequests.length;
      service.onContract =
        status === 200 ? good : (response) => response.writeHead(status).end("{}");
      await vi.waitUntil(() => service.contractRequests.length > asked + 2, WAIT);
      expect(onChange).toHaveBeenCalledTimes(changes);
      expect(state()?.state).toBe(status === 200 ? "up" : "down");
    }
    expect(services.contract()).toBe(contract);
  });

  it("is noticed by a call before its contract is asked for", async () => {
    const service = await startService(["a.run"]);
    const { services, logged } = await connect([service]);
    await service.stop();
    const call = createCaller({ registry: services }).call("a.run");
    await expect(call).rejects.toMatchObject({ code: ErrorCode.unavailable });
    await logged("handler service down");
  });

  it.each([
    [401, /CENTRIFUGO_HANDLER_SERVICE_SECRET.*clocks/],
    [404, /status 404: check its URL/],
    [302, /status 302: check its URL/],
    [500, /status 500/],
  ])("is so with the status %i, for the reason %s", async (status, reason) => {
    const service = await startService(["a.run"]);
    service.onContract = (response) => response.writeHead(status, { Location: service.url }).end();
    const { services, lines } = await connect([service], POLL);
    await vi.waitUntil(() => service.contractRequests.length > 3, WAIT);
    expect(lines).toMatchObject([{ level: "warn", reason: expect.stringMatching(reason) }]);
    expect(services.states()).toMatchObject([
      { state: "down", reason: expect.stringMatching(reason) },
    ]);
  });

  it("is told apart when the reason changes", async () => {
    const service = await startService(["a.run"]);
    await service.stop();
    const { lines } = await connect([service], { ...POLL, secret: "another secret" });
    await service.listen();
    await vi.waitUntil(() => lines.length > 1, WAIT);
    expect(lines[1]).toMatchObject({ reason: expect.stringContaining("status 401") });
    expect(service.refused).toBeGreaterThan(0);
  });

  it("is one that does not end its contract, and the others are not kept waiting", async () => {
    const service = await startService(["a.run"]);
    const { services, logged } = await connect([service], POLL);
    service.onContract = (response) => {
      response.writeHead(200).write("{");
      const drip = setInterval(() => response.write(" "), 10);
      response.once("close", () => clearInterval(drip));
    };
    expect(await logged("handler service down")).toMatchObject({
      reason: "it does not answer in time",
    });
    expect(await createCaller({ registry: services }).call("a.run", 1)).toBe(1);
  });
});

it("after close nothing is asked for, and calls that run end", async () => {
  const service = await startService(["a.run"]);
  service.onCall = () => undefined;
  const { services } = await connect([service], POLL);
  const call = createCaller({ registry: services }).call("a.run");
  const ended = failure(call);
  const { closed } = await service.nextCall();
  await services.close();
  expect((await ended).code).toBe(ErrorCode.outcome_unknown);
  await closed;
  const asked = service.contractRequests.length;
  service.onContract = hangUp;
  // The service would answer this one after those that were on their way.
  await fetch(`${service.url}/contract`);
  expect(service.contractRequests).toHaveLength(asked);
});

function caught(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("a service that changes its entity tag with every answer", () => {
  it("is asked for its contract less and less often, until the tag stays", async () => {
    const service = await startService(["a.run"]);
    const answer = service.onContract;
    let tag = 0;
    service.onContract = (response) =>
      sendJson(response, 200, service.contract, { ETag: `"${tag++}"` });
    const timers = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => timers.mockRestore());
    await connect([service], { pollMs: 20 });
    const pauses = () => timers.mock.calls.map(([, ms]) => ms);
    await vi.waitUntil(() => pauses().includes(320), WAIT);
    expect(pauses()).toEqual(expect.arrayContaining([20, 40, 80, 160, 320]));
    service.onContract = answer;
    timers.mockClear();
    await vi.waitUntil(() => pauses().includes(20), WAIT);
  });
});
