import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { webSocketClass, withConnectTimeout } from "./websocket.js";

const TIMEOUT_MS = 100;

it("closes a socket that does not open in time", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const socket = await open(server);
  await eventOf(socket, "close");
  // Node 24 dispatches the event of a connection that never opened before it sets CLOSED.
  expect([socket.CLOSING, socket.CLOSED]).toContain(socket.readyState);
});

it("closes a socket that opens and stays silent", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const socket = await open(await startServer());
  await eventOf(socket, "open");
  const closed = eventOf(socket, "close");
  vi.advanceTimersByTime(TIMEOUT_MS);
  await closed;
  expect(socket.readyState).toBe(socket.CLOSED);
});

it("leaves a socket open that has received a message", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const server = await startServer();
  server.once("connection", (other) => other.send("hello"));
  const socket = await open(server);
  await eventOf(socket, "message");
  vi.advanceTimersByTime(10 * TIMEOUT_MS);
  expect(socket.readyState).toBe(socket.OPEN);
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

async function open(server: Server | WebSocketServer): Promise<WebSocket> {
  const { port } = server.address() as AddressInfo;
  const Impatient = withConnectTimeout(await webSocketClass(), TIMEOUT_MS);
  const socket = new Impatient(`ws://127.0.0.1:${port}`);
  // The package `ws` throws what nobody listens for.
  socket.addEventListener("error", () => undefined);
  return socket;
}

async function eventOf(socket: WebSocket, name: "open" | "message" | "close"): Promise<void> {
  await new Promise((resolve) => socket.addEventListener(name, resolve, { once: true }));
}
