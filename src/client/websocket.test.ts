import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { webSocketClass, withConnectTimeout } from "./websocket.js";

const TIMEOUT_MS = 100;

it("closes what does not open in time", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const socket = await open(server);
  await eventOf(socket, "close");
  expect(socket.readyState).toBe(socket.CLOSED);
});

it("closes what opens and stays silent", async () => {
  const socket = await open(await startServer());
  await eventOf(socket, "open");
  await eventOf(socket, "close");
  expect(socket.readyState).toBe(socket.CLOSED);
});

it("leaves what has said something", async () => {
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
