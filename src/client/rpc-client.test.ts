// What the end-to-end suite does not cover: servers that misbehave, and invalid arguments.
import { getEventListeners, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import type { Broker } from "../broker/index.js";
import type { RpcProxyRequest } from "../protocol/index.js";
import { CentrifugoRPCClient, ConnectionError } from "./index.js";
import { hello, reply, secrets, setUp } from "./testing/scripted-gateway.js";

/** How long the SDK may take to reconnect: it waits for a random time first. */
const RECONNECTED = { timeout: 30_000 };

describe("a reply", () => {
  it("that is published before `pending` ends the call", async () => {
    const { client } = await setUp(async (request, broker) => {
      await broker.publish("user#42", reply(request, { result: "early" }));
      return reply(request, { pending: true });
    });
    await client.connect();
    expect(await client.call("any", {})).toBe("early");
  });

  it("that arrives twice is used once", async () => {
    const { client } = await setUp(async (request, broker) => {
      await broker.publish("user#42", reply(request, { result: 1 }));
      await broker.publish("user#42", reply(request, { result: 2 }));
      return reply(request, { result: 3 });
    });
    await client.connect();
    expect(await client.call("any", {})).toBe(1);
  });

  it("that is malformed ends the call as internal", async () => {
    const { client } = await setUp(() => ({ nonsense: true }));
    await client.connect();
    await expect(client.call("any", {})).rejects.toMatchObject({ code: 500 });
  });

  it("that arrives late is used until the call's deadline", async () => {
    const { server, client } = await startServer();
    answerFirst(server, (request) => {
      vi.advanceTimersByTime(55_000);
      return reply(request, { result: "late" });
    });
    await client.connect();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    expect(await client.call("any", {}, { timeout: 60_000 })).toBe("late");
  });

  it("that is lost for good ends its call with 409", async () => {
    const { server, client } = await startServer();
    const epochs = ["e1", "e2", "e2"];
    const accept = () => {
      const epoch = epochs.shift();
      return { recoverable: true, epoch, was_recovering: epoch !== "e1" };
    };
    answerFirst(
      server,
      (request) => {
        const unsubscribe = { code: 2500, reason: "insufficient state" };
        const push = JSON.stringify({ push: { channel: "user#42", unsubscribe } });
        queueMicrotask(() => server.clients.forEach((socket) => socket.send(push)));
        return reply(request, { pending: true });
      },
      accept,
    );
    await client.connect();
    await expect(client.call("any", {})).rejects.toMatchObject({ code: 409 });
    expect(epochs).toEqual([]);
  });

  it("is distinguished from other publications and other calls' replies", async () => {
    const { client } = await setUp(async (request, broker) => {
      await broker.publish("user#42", { type: "news" });
      await broker.publish("user#42", { $rpc: 1, correlation_id: "other", result: 1 });
      return reply(request, { result: "mine" });
    });
    await client.connect();
    expect(await client.call("any", {})).toBe("mine");
  });
});

describe("a call", () => {
  it("carries the gateway's epoch, the time left and the attempt", async () => {
    const { client, requests } = await setUp((request) => reply(request, { result: null }));
    await client.connect();
    expect(await client.call("any", { a: 1 }, { timeout: 5000 })).toBeNull();
    const data = requests.at(-1)?.data as { timeout_ms: number };
    expect(data).toMatchObject({ $rpc: 1, params: { a: 1 }, attempt: 1, epoch: "e1" });
    expect(data.timeout_ms).toBeGreaterThan(4000);
    expect(data.timeout_ms).toBeLessThanOrEqual(5000);
  });

  it("that is larger than the server's limit is not sent", async () => {
    const { client, requests } = await setUp((request) => reply(request, { result: null }));
    await client.connect();
    const sent = requests.length;
    await expect(client.call("any", { text: "é".repeat(500) })).rejects.toMatchObject({
      code: 413,
    });
    expect(requests).toHaveLength(sent);
  });

  it.each([{ n: Number.NaN }, { n: [Number.POSITIVE_INFINITY] }, { n: 1n }])(
    "with a value that JSON cannot express is not sent",
    async (params) => {
      const { client, requests } = await setUp((request) => reply(request, { result: null }));
      await client.connect();
      const sent = requests.length;
      await expect(client.call("any", params)).rejects.toMatchObject({ code: 400 });
      expect(requests).toHaveLength(sent);
    },
  );

  it("with an aborted signal is not sent", async () => {
    const { client, requests } = await setUp((request) => reply(request, { result: null }));
    await client.connect();
    const sent = requests.length;
    const reason = new Error("the page was left");
    const call = client.call("any", {}, { signal: AbortSignal.abort(reason) });
    await expect(call).rejects.toMatchObject({ code: 499, cause: reason });
    expect(requests).toHaveLength(sent);
  });

  it("shares one listener with all calls that have the same signal", async () => {
    const { client } = await setUp((request) => reply(request, { pending: true }));
    await client.connect();
    const [all, one] = [new AbortController(), new AbortController()];
    const call = ({ signal }: AbortController) => client.call("any", {}, { signal });
    const calls = [...Array.from({ length: 500 }, () => call(all)), call(one)];
    const listeners = () =>
      [all, one].map(({ signal }) => getEventListeners(signal, "abort").length);
    expect(listeners()).toEqual([1, 1]);
    all.abort();
    for (const cancelled of calls.slice(0, -1)) {
      await expect(cancelled).rejects.toMatchObject({ code: 499 });
    }
    expect(listeners()).toEqual([0, 1]);
    one.abort();
    await expect(calls.at(-1)).rejects.toMatchObject({ code: 499 });
    expect(listeners()).toEqual([0, 0]);
  });

  it("reports, when its time is up, whether it was sent", async () => {
    const { client } = await setUp((request) => reply(request, { pending: true }));
    const connecting = client.connect();
    await expect(client.call("any", {}, { timeout: 1 })).rejects.toMatchObject({
      code: 503,
      message: "no connection within 1 ms: the call was not sent",
    });
    await connecting;
    await expect(client.call("any", {}, { timeout: 1 })).rejects.toMatchObject({
      code: 408,
      message: "the call was sent, but no reply came within 1 ms",
    });
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])(
    "refuses a timeout of %d",
    async (timeout) => {
      const client = new CentrifugoRPCClient("ws://127.0.0.1:1", "token", "42");
      await expect(client.call("any", {}, { timeout })).rejects.toBeInstanceOf(RangeError);
      expect(() => new CentrifugoRPCClient("ws://x", "token", "42", { timeout })).toThrow(
        RangeError,
      );
    },
  );

  it("before connect() ends with 503", async () => {
    const client = new CentrifugoRPCClient("ws://127.0.0.1:1", "token", "42");
    await expect(client.call("any", {})).rejects.toMatchObject({
      code: 503,
      message: "not connected: call connect() first",
    });
  });

  it("while the client connects waits for it", async () => {
    const { client } = await setUp((request) => reply(request, { result: "here" }));
    const connected = client.connect();
    await Promise.resolve();
    const early = client.call("any", {});
    await connected;
    expect(await client.call("any", {})).toBe("here");
    await expect(early).resolves.toBe("here");
  });
});

describe("connect", () => {
  it("opens one connection, no matter how often it is called", async () => {
    const { client, requests } = await setUp((request) => reply(request, { result: null }));
    await Promise.all([client.connect(), client.connect()]);
    await client.connect();
    expect(requests).toHaveLength(1);
  });

  it("fails if the gateway supports only other versions", async () => {
    const { client } = await setUp(
      () => null,
      () => ({ ...hello, versions: [2, 3] }),
    );
    await expect(client.connect()).rejects.toThrow("does not speak protocol version 1");
  });

  it("fails if the server is not a gateway", async () => {
    const { client } = await setUp(
      () => null,
      () => ({ hi: true }),
    );
    await expect(client.connect()).rejects.toBeInstanceOf(ConnectionError);
  });

  it("fails if the client disconnects meanwhile, and can be called again", async () => {
    const { client } = await setUp((request) => reply(request, { result: "back" }));
    const connecting = client.connect();
    client.disconnect();
    await expect(connecting).rejects.toThrow("disconnected by the application");
    await client.connect();
    expect(await client.call("any", {})).toBe("back");
  });

  it("reports the reason if nothing listens at the URL", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    const url = `ws://127.0.0.1:${port}/connection/websocket`;
    const client = new CentrifugoRPCClient(url, "token", "42");
    const message = `${url}: transport closed (does Centrifugo listen at this URL?)`;
    await expect(client.connect()).rejects.toMatchObject({ name: "ConnectionError", message });
  });

  it("reports the reason if the token is empty", async () => {
    const client = new CentrifugoRPCClient("ws://127.0.0.1:1/connection/websocket", "", "42");
    const message = "the token is empty: pass the user's JWT, or getToken";
    await expect(client.connect()).rejects.toMatchObject({ name: "ConnectionError", message });
  });

  it.each(["", "http://127.0.0.1", "nonsense"])(
    "fails with a ConnectionError for %j",
    async (url) => {
      const client = new CentrifugoRPCClient(url, "token", "42");
      await expect(client.connect()).rejects.toBeInstanceOf(ConnectionError);
    },
  );

  it("fails if the server stays silent, without blaming the token", async () => {
    const { server, client } = await startServer();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server.once("connection", (socket) => {
      socket.once("message", () => vi.advanceTimersByTime(11_000));
    });
    await expect(client.connect()).rejects.toMatchObject({ unauthorized: false });
    await expect(client.call("any", {})).rejects.toMatchObject({ code: 503 });
  });
});

it("gives up an attempt to reconnect after 10 s and starts another", async () => {
  const { server, client } = await startServer();
  answerFirst(server);
  await client.connect();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  for (const socket of server.clients) socket.terminate();
  const [silent] = (await once(server, "connection")) as [WebSocket];
  const ended = once(silent, "close");
  vi.advanceTimersByTime(10_000);
  await ended;
  await once(server, "connection");
  expect(server.clients.size).toBe(1);
});

describe("a gateway that is unavailable after a reconnect", () => {
  it("is greeted until it answers", async () => {
    let failures = 0;
    const { broker, client } = await setUp(
      (request) => reply(request, { result: "back" }),
      () => {
        if (failures-- > 0) throw new Error("the gateway is away");
        return hello;
      },
    );
    await client.connect();
    failures = 2;
    await dropConnections(broker);
    await vi.waitFor(() => expect(failures).toBeLessThan(2), RECONNECTED);
    expect(await client.call("any", {})).toBe("back");
    expect(failures).toBe(-1);
  });

  it("does not keep the process alive after disconnect()", async () => {
    let away = false;
    const { broker, client } = await setUp(
      () => null,
      () => {
        if (!away) return hello;
        throw new Error("the gateway is away");
      },
    );
    await client.connect();
    away = true;
    const setTimer = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => setTimer.mockRestore());
    await dropConnections(broker);
    // The first pause after a $rpc.hello that failed.
    const delays = () => setTimer.mock.calls.map(([, ms = 0]) => ms);
    const isPause = (ms: number) => ms > 50 && ms < 100;
    await vi.waitFor(() => expect(delays().some(isPause)).toBe(true), RECONNECTED);
    client.disconnect();
    await broker.close();
    // Timers that keep a process alive; the test runner has none of these.
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout");
    const patience = performance.now() + 2000;
    while (timers().length > 0 && performance.now() < patience) await new Promise(setImmediate);
    expect(timers()).toEqual([]);
  });

  async function dropConnections(broker: Broker): Promise<void> {
    const disconnect = { code: 3000, reason: "try again" };
    await fetch(`${broker.apiUrl}/disconnect`, {
      method: "POST",
      headers: { "X-API-Key": secrets.apiKey },
      body: JSON.stringify({ user: "42", disconnect }),
    });
  }
});

it("refuses a user ID that the protocol does not allow", () => {
  for (const id of ["", "a,b", "a#b", "a:b", "a b"]) {
    expect(() => new CentrifugoRPCClient("ws://x", "token", id)).toThrow(TypeError);
  }
});

/** A command as Centrifugo receives it. */
interface Command {
  id: number;
  connect?: object;
  subscribe?: object;
  rpc?: RpcProxyRequest;
}

/** A server that sends nothing, and a client for it. Restores the timers after the test. */
async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  onTestFinished(() => {
    vi.useRealTimers();
    server.clients.forEach((socket) => socket.terminate());
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = new CentrifugoRPCClient(`ws://127.0.0.1:${port}`, "token", "42");
  onTestFinished(() => client.disconnect());
  return { server, client };
}

/** Replies on the first connection as Centrifugo and the gateway do. */
function answerFirst(
  server: WebSocketServer,
  answer: (call: RpcProxyRequest) => object = (call) => reply(call, { result: null }),
  accept: () => object = () => ({}),
): void {
  server.once("connection", (socket) => {
    const answerTo = ({ connect, subscribe, rpc }: Command): object => {
      if (connect) return { connect: { client: "c1" } };
      if (subscribe) return { subscribe: accept() };
      return { rpc: { data: !rpc || rpc.method === "$rpc.hello" ? hello : answer(rpc) } };
    };
    socket.on("message", (data: Buffer) => {
      for (const line of data.toString().split("\n")) {
        const command = JSON.parse(line) as Command;
        socket.send(JSON.stringify({ id: command.id, ...answerTo(command) }));
      }
    });
  });
}
