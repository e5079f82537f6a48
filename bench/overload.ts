// What a user notices while another one sends ten times more calls than can be served, in one run
// with the unloaded figures. See bench/README.md.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { createRouter, Registry, websocketRpc } from "centrifugo-rpc";
import { startBroker } from "centrifugo-rpc/broker";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import {
  centrifugoConfig,
  createBrokerApi,
  createGateway,
  createToken,
  MESSAGE_SIZE_LIMIT,
} from "centrifugo-rpc/gateway";
import { z } from "zod";
import { latenciesOf, percentile } from "./measure.js";

const ROUNDS = 5;
const SECONDS = 8;
const HANDLER_MS = 50;
const MAX_CALLS = 8;
/** Calls a second. */
const CAPACITY = (MAX_CALLS * 1000) / HANDLER_MS;
const OVERLOAD = 10;
const FLOODING_CONNECTIONS = 20;
const TIMEOUT_MS = 2000;
const QUIET_CALLS = 100;
const SECRET = "bench";

const roles: Record<string, () => Promise<void>> = { server, flood };
await (roles[process.argv[2] ?? ""] ?? main)();

async function main(): Promise<void> {
  const rows: { unloaded: number; loaded: number; goodput: number; refused: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const serving = start("server");
    const [url] = (await once(serving, "message")) as [string];
    const client = await connect(url, "quiet");
    const call = () => client.call("work", {});
    const unloaded = percentile(await latenciesOf(call, QUIET_CALLS), 99);
    const flooding = start("flood", url);
    await once(flooding, "message");
    const ended = once(flooding, "message") as Promise<[{ succeeded: number; refused: number }]>;
    const loaded = percentile(await latenciesOf(call, QUIET_CALLS), 99);
    const [flood] = await ended;
    const quietRate = 1000 / loaded;
    rows.push({
      unloaded,
      loaded,
      goodput: (flood.succeeded / SECONDS + quietRate) / CAPACITY,
      refused: flood.refused,
    });
    client.disconnect();
    for (const child of [flooding, serving]) child.kill();
  }
  const of = (figure: keyof (typeof rows)[number]) =>
    percentile(
      rows.map((row) => row[figure]),
      50,
    );
  const ratios = rows.map(({ loaded, unloaded }) => (loaded / unloaded).toFixed(2));
  print(`${ROUNDS} rounds, medians; ${OVERLOAD} times more calls than ${CAPACITY} per second\n`);
  print(`goodput / capacity: ${of("goodput").toFixed(2)}`);
  print(`calls refused with 429 or 503 in ${SECONDS} s: ${of("refused")}`);
  print(`p99 of another user, unloaded: ${of("unloaded").toFixed(1)} ms`);
  print(`p99 of another user, loaded: ${of("loaded").toFixed(1)} ms`);
  print(`loaded / unloaded, by round: ${ratios.join(", ")}`);
}

/** The embedded broker, the gateway and a handler that waits. */
async function server(): Promise<void> {
  const registry = new Registry();
  websocketRpc("work", { params: z.object({}), result: z.object({}), registry })(async () => {
    await pause(HANDLER_MS);
    return {};
  });
  const gateway = createGateway({
    router: createRouter(registry),
    publisher: createBrokerApi({ api: (method, params) => broker.api(method, params) }),
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    maxCalls: MAX_CALLS,
  });
  const secrets = { tokenHmacSecret: SECRET, apiKey: SECRET, proxySecret: SECRET };
  const config = centrifugoConfig({ ...secrets, gatewayUrl: "http://127.0.0.1" });
  const broker = await startBroker({ config, backend: gateway, port: 0 });
  process.send?.(broker.url);
}

/** Sends calls at a fixed rate, whether they are answered or not. */
async function flood(): Promise<void> {
  const url = process.argv[3] ?? "";
  const connecting = Array.from({ length: FLOODING_CONNECTIONS }, () => connect(url, "flood"));
  const clients = await Promise.all(connecting);
  const counts = { succeeded: 0, refused: 0 };
  const startedAt = performance.now();
  const calls: Promise<void>[] = [];
  process.send?.("started");
  let sent = 0;
  for (;;) {
    const seconds = (performance.now() - startedAt) / 1000;
    if (seconds > SECONDS) break;
    for (; sent < seconds * CAPACITY * OVERLOAD; sent++) {
      const client = clients[sent % clients.length];
      const call = client?.call("work", {}, { timeout: TIMEOUT_MS, retry: false }).then(
        () => void (performance.now() - startedAt < SECONDS * 1000 && counts.succeeded++),
        () => void counts.refused++,
      );
      if (call) calls.push(call);
    }
    await pause(5);
  }
  await Promise.all(calls);
  process.send?.(counts);
  process.disconnect();
}

function start(role: string, ...args: string[]): ChildProcess {
  return fork(import.meta.filename, [role, ...args], { execArgv: process.execArgv });
}

async function connect(url: string, user: string): Promise<CentrifugoRPCClient> {
  const token = await createToken({ secret: SECRET, userId: user, expiresIn: 3600 });
  const client = new CentrifugoRPCClient(url, token, user);
  await client.connect();
  return client;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
