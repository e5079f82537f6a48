import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer, type WebSocket as ServerSocket } from "ws";
import { webSocketClass, closingWhenSilent } from "./websocket.js";

const SILENCE_MS = 10_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
afterEach(() => void vi.useRealTimers());

it("closes a socket that does not open in time", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const socket = await open(server);
  const closed = eventOf(socket, "close");
  vi.advanceTimersByTime(SILENCE_MS);
  await closed;
  // Node 24 dispatches the event of a connection that never opened before it sets CLOSED.
  expect([socket.CLOSING, socket.CLOSED]).toContain(socket.readyState);
});

it("closes a socket that opens and stays silent", async () => {
  const socket = await open(await startServer());
  await eventOf(socket, "open");
  const closed = eventOf(socket, "close");
  vi.advanceTimersByTime(SILENCE_MS);
  await closed;
  expect([socket.CLOSING, socket.CLOSED]).toContain(socket.readyState);
});

describe("a socket that has received a message", () => {
  it("stays open in silence while nothing waits", async () => {
    const { socket } = await openAndGreeted(() => false);
    vi.advanceTimersByTime(10 * SILENCE_MS);
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it("stays open while something waits and the server answers probes", async () => {
    const { socket, other } = await openAndGreeted(() => true);
    for (let round = 1; round <= 3; round++) {
      const probe = once(other, "message");
      vi.advanceTimersByTime(5000);
      const [data] = (await probe) as [Buffer];
      const { id, unsubscribe } = JSON.parse(data.toString()) as Record<string, unknown>;
      expect({ id, unsubscribe }).toEqual({ id: 2 ** 32 - 1, unsubscribe: expect.any(Object) });
      const answer = eventOf(socket, "message");
      other.send(JSON.stringify({ id, unsubscribe: {} }));
      await answer;
    }
    expect(socket.readyState).toBe(socket.OPEN);
  });

  it("closes at once when something waits and the server does not answer the probe", async () => {
    const { socket, other } = await openAndGreeted(() => true);
    // A network that has gone: the other end hears nothing, the handshake of closing included.
    other.pause();
    const closed = vi.fn<() => void>();
    socket.addEventListener("close", closed);
    vi.advanceTimersByTime(SILENCE_MS);
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
  });

  async function openAndGreeted(waiting: () => boolean) {
    const server = await startServer();
    const connection = once(server, "connection") as Promise<[ServerSocket]>;
    const socket = await open(server, waiting);
    const [other] = await connection;
    const greeting = eventOf(socket, "message");
    other.send("hello");
    await greeting;
    return { socket, other };
  }
});

async function startServer(): Promise<WebSocketServer> {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  await once(server, "listening");
  onTestFinished(() => {
    server.clients.forEach((socket) => socket.terminate());
    server.close();
  });
  return server;
}

async function open(
  server: Server | WebSocketServer,
  waiting = (): boolean => false,
): Promise<WebSocket> {
  const { port } = server.address() as AddressInfo;
  const Impatient = closingWhenSilent(await webSocketClass(), waiting);
  const socket = new Impatient(`ws://127.0.0.1:${port}`);
  // The package `ws` throws what nobody listens for.
  socket.addEventListener("error", () => undefined);
  return socket;
}

async function eventOf(socket: WebSocket, name: "open" | "message" | "close"): Promise<void> {
  await new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }));
}
