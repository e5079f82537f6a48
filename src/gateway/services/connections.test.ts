// docs/handler-services.md: when a service does not answer, cancellation, and connections.
import { setMaxListeners } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ErrorCode, RPCError } from "../../protocol/index.js";
import { createCaller, Registry } from "../../handlers/index.js";
import { remoteMethod } from "./service-call.js";
import { ServiceClient } from "./service-client.js";
import { ServiceEpoch } from "./service-epoch.js";
import { connectOne, failure, POLL, problems, WAIT } from "./testing/connected.js";
import { hangUp, sendJson } from "../../../testing/scripted-service.js";

describe("without an answer", () => {
  it("a call that was sent has an unknown outcome", async () => {
    const { call, lines } = await connectOne({ onCall: hangUp });
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.outcome_unknown });
    expect(problems(lines)).toMatchObject([{ level: "warn" }]);
  });

  it("so it has when the connection is lost within the answer", async () => {
    const { call } = await connectOne({
      onCall: (response) => {
        response.writeHead(200, { "Content-Length": 100 });
        response.write('{"result":', () => hangUp(response));
      },
    });
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.outcome_unknown });
  });

  it("a call whose connection is refused was not run", async () => {
    const { call, service } = await connectOne();
    await service.stop();
    await expect(call({})).rejects.toMatchObject({ code: ErrorCode.unavailable });
    expect(service.calls).toEqual([]);
  });

  it("so it is with all calls of many, and the log says so once", async () => {
    const { call, service, lines } = await connectOne();
    await service.stop();
    const codes = await Promise.all(
      Array.from({ length: 1000 }, async () => (await failure(call({}))).code),
    );
    expect(new Set(codes)).toEqual(new Set([ErrorCode.unavailable]));
    const warned = problems(lines).map(({ message }) => message);
    expect(warned.filter((message) => message !== "handler service down")).toHaveLength(1);
  });

  it("a call that finds no connection within 2 seconds was not run", async () => {
    // It takes connections, and says nothing: TLS never begins.
    const server = createServer();
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new ServiceClient(url, "secret");
    onTestFinished(() => client.close());
    const registry = new Registry();
    const seemsDown = vi.fn<() => boolean>();
    const epoch = new ServiceEpoch();
    const service = { url, client, epoch, sawContract: () => undefined, seemsDown };
    const method = remoteMethod(service, { name: "test.run" });
    registry.register({ name: "test.run", options: {}, ...method });
    const ended = createCaller({ registry }).call("test.run");
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.unavailable });
    expect(sockets).toHaveLength(1);
    expect(seemsDown).toHaveBeenCalledOnce();
  });

  it("a call ends at its deadline, and its connection is closed", async () => {
    const { call, service } = await connectOne({ onCall: () => undefined });
    const ended = call({}, { deadline: new Date(Date.now() + 100) });
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.deadline_exceeded });
    await (
      await service.nextCall()
    ).closed;
  });

  it("so it does when the answer drips", async () => {
    const { call, service } = await connectOne({
      onCall: (response) => {
        response.writeHead(200).write('{"result":"');
        const drip = setInterval(() => response.write("x"), 5);
        response.once("close", () => clearInterval(drip));
      },
    });
    const ended = call({}, { deadline: new Date(Date.now() + 100) });
    await expect(ended).rejects.toMatchObject({ code: ErrorCode.deadline_exceeded });
    await (
      await service.nextCall()
    ).closed;
  });
});

describe("cancellation", () => {
  it.each(["before the answer", "within the answer"])("%s closes the connection", async (when) => {
    const { call, service } = await connectOne({
      onCall: (response) => {
        if (when === "within the answer") response.writeHead(200).write("{");
      },
    });
    const controller = new AbortController();
    const ended = failure(call({}, { signal: controller.signal }));
    const { closed } = await service.nextCall();
    controller.abort(RPCError.of("cancelled"));
    expect((await ended).code).toBe(ErrorCode.cancelled);
    await closed;
  });

  it("ends a call with the reason of its signal", async () => {
    const { call, service } = await connectOne({ onCall: () => undefined });
    const controller = new AbortController();
    const ended = failure(call({}, { signal: controller.signal }));
    await service.nextCall();
    controller.abort(RPCError.of("outcome_unknown", "the gateway stopped during the call"));
    expect((await ended).message).toBe("the gateway stopped during the call");
  });

  it("of a call that waits for a connection ends it at once, and nothing of it is sent", async () => {
    const { call, service } = await connectOne({ onCall: () => undefined });
    const running = new AbortController();
    setMaxListeners(256, running.signal);
    const all = Array.from({ length: 256 }, () => failure(call({}, { signal: running.signal })));
    await vi.waitUntil(() => service.calls.length === 256, 30_000);
    const waiting = new AbortController();
    const ended = failure(call({}, { signal: waiting.signal }));
    await setImmediate();
    waiting.abort(RPCError.of("cancelled"));
    expect((await ended).code).toBe(ErrorCode.cancelled);
    running.abort(RPCError.of("cancelled"));
    await Promise.all(all);
    service.onCall = (response) => sendJson(response, 200, { result: "next" });
    expect(await call({})).toBe("next");
    expect(service.calls).toHaveLength(257);
  });

  it("before it was sent sends nothing", async () => {
    const { call, service } = await connectOne();
    const signal = AbortSignal.abort(RPCError.of("cancelled"));
    await expect(call({}, { signal })).rejects.toMatchObject({ code: ErrorCode.cancelled });
    expect(service.calls).toEqual([]);
  });
});

describe("connections", () => {
  // Two, as the next call may come before the connection of the last one is free again.
  it("are kept: 50 calls after each other use one or two", async () => {
    const { call, service } = await connectOne();
    const before = service.connections;
    for (let index = 0; index < 50; index++) expect(await call(index)).toBe(index);
    expect(service.connections - before).toBeLessThanOrEqual(2);
  });

  it("are kept when the service refuses", async () => {
    const { call, service } = await connectOne({
      onCall: (response) => response.writeHead(429).end("slowly"),
    });
    const before = service.connections;
    for (let index = 0; index < 10; index++) await failure(call(index));
    expect(service.connections - before).toBeLessThanOrEqual(2);
  });

  it("are at most 256, and 1000 calls at a time all get their own answer", async () => {
    const { call, service } = await connectOne();
    const before = service.connections;
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    expect(await Promise.all(numbers.map((number) => call(number)))).toEqual(numbers);
    expect(service.connections - before).toBeLessThanOrEqual(256);
    expect(service.calls).toHaveLength(1000);
  });

  it("that calls wait for do not keep the contract waiting", async () => {
    const { call, service, services } = await connectOne({ onCall: () => undefined, ...POLL });
    const controller = new AbortController();
    setMaxListeners(300, controller.signal);
    const all = Array.from({ length: 300 }, () => failure(call({}, { signal: controller.signal })));
    service.change("test.other");
    expect(await vi.waitUntil(() => services.get("test.other"), WAIT)).toBeDefined();
    controller.abort(RPCError.of("cancelled"));
    await Promise.all(all);
  });
});
