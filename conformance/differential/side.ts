import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import type { ProxyBackend } from "../../src/protocol/index.js";

/** One step of a case: a frame of the client, or a request of the server API. */
export type Step = { readonly frame: string } | { readonly method: string; readonly body: string };

/** What a broker sent after each step, and how it closed the connection. */
export interface Outcome {
  readonly steps: unknown[][];
  readonly closed: string | undefined;
}

/** A running broker, embedded or real. */
export interface Side {
  readonly url: string;
  readonly apiUrl: string;
}

export const API_KEY = "differential-key";

/** The channel of a command that follows each step: its reply comes after all earlier replies. */
const SENTINEL = "none:sentinel";

/** The number of such commands after steps on which the broker acts after its reply. */
const ROUNDS_AFTER_CONTROL = 30;

export const backend: ProxyBackend = {
  rpc: async (call) => {
    if (call.method === "none") return {};
    if (call.method === "fail") return { error: { code: 1000, message: "failed" } };
    if (call.method === "fail-soon") {
      return { error: { code: 1001, message: "again", temporary: true } };
    }
    if (call.method === "leave") return { disconnect: { code: 4001, reason: "leave" } };
    const { method, user, meta, data } = call;
    // Centrifugo omits an empty method.
    return { result: { data: { method: method ?? "", user, meta, data, has: "data" in call } } };
  },
  publish: async ({ data }) => {
    if (data === null) return { error: { code: 1000, message: "refused" } };
    if (data === 1) return { result: { data: { replaced: true } } };
    if (data === true) return { result: { skip_history: true } };
    return { result: {} };
  },
};

/** Runs a case on a broker. */
export async function runCase({ url, apiUrl }: Side, steps: readonly Step[]): Promise<Outcome> {
  const socket = new WebSocket(url);
  const received: Record<string, unknown>[] = [];
  let closed: string | undefined;
  let changed = () => {};
  socket.on("error", () => undefined);
  socket.on("close", (code, reason) => {
    closed = `${code} ${reason.toString()}`;
    changed();
  });
  socket.on("message", (data: Buffer) => {
    for (const line of data.toString().split("\n")) {
      if (line !== "{}") received.push(normalize(line));
    }
    changed();
  });
  await once(socket, "open");

  let nextId = 4_000_000_000;
  /** Waits for the replies to all earlier steps, or until the broker sends nothing more. */
  const settle = async () => {
    const id = nextId++;
    if (closed === undefined) {
      socket.send(JSON.stringify({ id, history: { channel: SENTINEL } }));
    }
    for (;;) {
      const at = received.findIndex((message) => message["id"] === id);
      if (at >= 0) {
        received.splice(at, 1);
        return;
      }
      // The server ignores commands after a failed connect command.
      if (closed !== undefined || received.some(isRefusal)) return;
      await new Promise<void>((resolve) => (changed = resolve));
    }
  };
  const outcome: unknown[][] = [];
  for (const step of steps) {
    const answered: unknown[] = [];
    if ("frame" in step) {
      if (closed === undefined) socket.send(step.frame);
    } else {
      answered.push(await callApi(apiUrl, step.method, step.body));
    }
    const text = "frame" in step ? step.frame : step.method;
    const rounds = /disconnect|unsubscribe|refresh|leave|token/.test(text)
      ? ROUNDS_AFTER_CONTROL
      : 1;
    for (let round = 0; round < rounds; round++) await settle();
    outcome.push([...answered, ...received.splice(0)]);
    if (outcome.at(-1)!.some((message) => isRefusal(message as object))) break;
  }
  const end = closed;
  socket.terminate();
  return { steps: outcome, closed: end };
}

/** The connect command is always number 1. */
function isRefusal(message: object): boolean {
  return "id" in message && message.id === 1 && "error" in message;
}

async function callApi(apiUrl: string, method: string, body: string): Promise<unknown> {
  const response = await fetch(`${apiUrl}/${method}`, {
    method: "POST",
    headers: { "X-API-Key": API_KEY },
    body,
  });
  const text = await response.text();
  // The info of a node differs between the brokers.
  const result = method !== "info" && response.ok ? normalize(text) : undefined;
  return { status: response.status, result };
}

/** Removes what differs between two runs: IDs, epochs and elapsed seconds. */
function normalize(text: string): Record<string, unknown> {
  const ids = text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>");
  return JSON.parse(ids, (name, value: unknown) => {
    if (name === "epoch" && value !== "") return "<epoch>";
    if (name === "version") return "<version>";
    // Centrifugo truncates a TTL to 32 bits.
    if (name === "ttl" && typeof value === "number") return Math.min(Math.round(value / 50), 1e6);
    return value;
  }) as Record<string, unknown>;
}

/** The status and the subprotocol in the response to a handshake with these headers. */
export async function shakeHands(
  { url }: Side,
  headers: Readonly<Record<string, string>>,
): Promise<string> {
  const client = request(url.replace("ws:", "http:"), { headers });
  client.on("error", () => undefined);
  client.end();
  const response = await new Promise<IncomingMessage>((resolve) => {
    client.once("response", resolve);
    client.once("upgrade", (upgraded: IncomingMessage, socket: Socket) => {
      socket.destroy();
      resolve(upgraded);
    });
  });
  response.resume();
  return `${response.statusCode} ${response.headers["sec-websocket-protocol"] ?? ""}`;
}
