import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { EventLog } from "../stack/handlers.js";

/** What the program of gateway-process.ts needs to know. */
export interface GatewaySettings {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly proxySecret: string;
  readonly wrapperApiKey: string;
  readonly inlineTimeoutMs: number;
  /** Default: any free port. */
  readonly port?: number;
  /** Left out: the gateway shares nothing with others. */
  readonly redisUrl?: string;
}

/** What the program tells. */
export interface GatewayEvent {
  /** `pending`: a call was answered so; the others are what happened to a call of `held`. */
  readonly event: "ready" | "started" | "pending" | "aborted";
  /** The `key` param of the call; for `ready` the gateway's URL. */
  readonly key: string;
}

/** A gateway in a process of its own. */
export interface GatewayProcess {
  /** As in `http://127.0.0.1:8001`. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly events: EventLog;
  /** How often the handler of `held` was started with this key. */
  runs(key: string): number;
  /** Lets a call of `held` end. */
  release(key: string): void;
  /** Ends it as a rolling restart does, with a grace period. */
  stop(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const program = join(import.meta.dirname, "gateway-process.ts");

/** Starts a gateway and waits until it listens. */
export async function startGatewayProcess(settings: GatewaySettings): Promise<GatewayProcess> {
  const child = spawn(
    process.execPath,
    ["--conditions=centrifugo-rpc-source", "--import=tsx", program, JSON.stringify(settings)],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  // Writing to one that has just crashed.
  child.stdin.on("error", () => undefined);
  const exited = once(child, "exit");
  const events = new EventLog();
  const started: string[] = [];
  const ready = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { event, key } = JSON.parse(line) as GatewayEvent;
      if (event === "ready") resolve(key);
      if (event === "started") started.push(key);
      events.add(event, key);
    });
  });
  const ended = exited.then(([code]) => {
    throw new Error(`the gateway ended with code ${code}`);
  });
  // Also when it ends long after it has started.
  ended.catch(() => undefined);
  const url = await Promise.race([ready, ended]);
  return {
    url,
    port: Number(new URL(url).port),
    pid: child.pid ?? 0,
    events,
    runs: (key) => started.filter((other) => other === key).length,
    release: (key) => void child.stdin.write(`${key}\n`),
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
