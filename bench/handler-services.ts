// What it costs that a handler is in another process, through a real Centrifugo, in one run: see
// bench/README.md.
import { fork, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Centrifuge } from "centrifuge";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { createToken } from "centrifugo-rpc/gateway";
import { WebSocket } from "ws";
import { findPython } from "../testing/toolchains.js";
import type { Served } from "./handler-services-server.js";
import { callsPerSecond, latenciesOf, percentile } from "./measure.js";

const ROUNDS = 5;
const IN_FLIGHT = 64;
const CALLS = 2000;
const SEQUENTIAL = 1000;
const METHOD = "tasks.get_stats";
const PARAMS = { user_id: "123" };

interface System {
  readonly name: string;
  /** The application of bench/python/app.py that uvicorn serves, if any. */
  readonly python?: string;
  readonly served: { by: Served["by"]; path: string };
}

const systems: readonly System[] = [
  { name: "TypeScript, in the gateway", served: { by: "gateway", path: "" } },
  {
    name: "Python service (ASGI)",
    python: "service",
    served: { by: "service", path: "" },
  },
  {
    name: "Python service (Django)",
    python: "application",
    served: { by: "service", path: "/centrifugo-rpc" },
  },
  {
    name: "Django, called by Centrifugo itself",
    python: "application",
    served: { by: "centrifugo", path: "/proxy" },
  },
];

interface Figures {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

const python = findPython();
if (python === undefined) throw new Error("this needs Python: run npm test once");
const interpreter = python;

const samples = new Map<string, Figures[]>(systems.map(({ name }) => [name, []]));
// Round by round, so that a slow moment of the machine meets all of them.
for (let round = 0; round <= ROUNDS; round++) {
  for (const system of systems) {
    const figures = await measure(system);
    // The first only warms the machine's caches.
    if (round > 0) samples.get(system.name)?.push(figures);
  }
}

const median = (name: string, figure: keyof Figures): number =>
  percentile(
    (samples.get(name) ?? []).map((sample) => sample[figure]),
    50,
  );
const base = median(systems[0]?.name ?? "", "rate");
print(`${ROUNDS} rounds, medians; ${IN_FLIGHT} calls under way, then ${SEQUENTIAL} in a row\n`);
print("| handler | calls/s | to TypeScript | p50 ms | p99 ms |\n|---|---|---|---|---|");
for (const { name } of systems) {
  const rate = median(name, "rate");
  const times = (["p50", "p99"] as const).map((figure) => median(name, figure).toFixed(2));
  print(`| ${name} | ${Math.round(rate)} | ${(rate / base).toFixed(2)} | ${times.join(" | ")} |`);
}
process.exit();

async function measure({ python: app, served }: System): Promise<Figures> {
  const django = app === undefined ? undefined : await startUvicorn(app);
  const server = fork(join(import.meta.dirname, "handler-services-server.ts"), [
    JSON.stringify({ ...served, pythonUrl: django?.url ?? "" } satisfies Served),
  ]);
  const [url] = (await once(server, "message")) as [string];
  const { call, close } = await connect(url, served.by);

  const load = { calls: CALLS, inFlight: IN_FLIGHT };
  await callsPerSecond(call, load);
  const rate = await callsPerSecond(call, load);
  const latencies = await latenciesOf(call, SEQUENTIAL);
  close();
  await stop(server);
  if (django) await stop(django.child);
  return { rate, p50: percentile(latencies, 50), p99: percentile(latencies, 99) };
}

/** Our client, or Centrifugo's SDK alone where there is no gateway. */
async function connect(url: string, by: Served["by"]) {
  const token = await createToken({ secret: "bench", userId: "42" });
  if (by !== "centrifugo") {
    const rpc = new CentrifugoRPCClient(url, token, "42");
    await rpc.connect();
    return { call: () => rpc.call(METHOD, PARAMS), close: () => rpc.disconnect() };
  }
  const client = new Centrifuge(url, { token, websocket: WebSocket });
  client.connect();
  await client.ready();
  return { call: () => client.rpc(METHOD, PARAMS), close: () => client.disconnect() };
}

async function startUvicorn(app: string): Promise<{ url: string; child: ChildProcess }> {
  const folder = join(import.meta.dirname, "python");
  const child = spawn(
    interpreter,
    ["-m", "uvicorn", `app:${app}`, "--port", "0", "--no-access-log"],
    {
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        PYTHONPATH: join(import.meta.dirname, "../python"),
        CENTRIFUGO_HANDLER_SERVICE_SECRET: "bench",
        CENTRIFUGO_TOKEN_HMAC_SECRET: "bench",
        CENTRIFUGO_URL: "ws://127.0.0.1:8000/connection/websocket",
        CENTRIFUGO_API_URL: "http://127.0.0.1:8000/api",
        CENTRIFUGO_API_KEY: "bench",
        CENTRIFUGO_WRAPPER_URL: "http://127.0.0.1:8001",
        CENTRIFUGO_WRAPPER_API_KEY: "bench",
      },
    },
  );
  let output = "";
  for await (const line of createInterface({ input: child.stderr })) {
    output += `${line}\n`;
    const [, url] = /running on (http:\S+)/.exec(line) ?? [];
    if (url !== undefined) return { url, child };
  }
  throw new Error(`uvicorn ended: ${output}`);
}

async function stop(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill();
  await exited;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
