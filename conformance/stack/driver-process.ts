import { spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { findGo, findPython } from "../toolchains.js";

/** What a driver answers with in place of a result. */
export interface DriverError {
  kind: "connection" | "rpc" | "cancelled" | "unexpected";
  code?: number;
  message: string;
  details?: unknown;
}

/** A call that a driver is working on. */
export interface DriverCall {
  readonly id: number;
  /** Rejects with a {@link DriverError}. */
  readonly result: Promise<unknown>;
}

/** One client, driven from the suite. */
export interface Driver {
  /** Rejects with a {@link DriverError}. */
  connect(url: string, token: string, userId: string): Promise<void>;
  call(method: string, params: unknown, timeoutMs?: number): DriverCall;
  cancel(call: DriverCall): Promise<void>;
  disconnect(): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  id: number;
  result?: unknown;
  error?: DriverError;
}

const here = import.meta.dirname;
const drivers = resolve(here, "../drivers");

/** How to start the driver of each client; undefined when its language is not on this machine. */
export const driverCommands = {
  TypeScript: () => [process.execPath, "--import", "tsx", join(drivers, "typescript/main.ts")],
  Python: () => {
    const python = findPython();
    return python === undefined ? undefined : [python, join(drivers, "python/driver.py")];
  },
  Go: () => {
    const go = findGo();
    return go === undefined ? undefined : [buildGoDriver(go)];
  },
} satisfies Record<string, () => string[] | undefined>;

/** The names of the clients that the suite drives. */
export type ClientName = keyof typeof driverCommands;

function buildGoDriver(go: string): string {
  const cache = resolve(here, "../../.cache");
  mkdirSync(cache, { recursive: true });
  const binary = join(cache, "go-driver");
  const { status, stderr } = spawnSync(go, ["build", "-o", binary, "."], {
    cwd: join(drivers, "go"),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the Go driver does not build: ${stderr}`);
  return binary;
}

/** Starts a driver program. */
export function startDriver([command = "", ...args]: string[]): Driver {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PYTHONPATH: resolve(here, "../../clients/python") },
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const ended = new Promise<void>((end) => child.once("exit", () => end()));
  void ended.then(() => {
    const error = { kind: "unexpected", message: "the driver ended" } as const;
    for (const [id, answer] of waiting) answer({ id, error });
  });

  function ask(command: object): DriverCall {
    const id = ++lastId;
    const result = new Promise((succeed, fail) => {
      waiting.set(id, ({ result: value, error }) => {
        if (error) fail(Object.assign(new Error(error.message), error));
        else succeed(value);
      });
    });
    // A case may look at a call's end later than it comes.
    result.catch(() => undefined);
    child.stdin.write(`${JSON.stringify({ id, ...command })}\n`);
    return { id, result };
  }

  return {
    async connect(url, token, userId) {
      await ask({ op: "connect", url, token, user_id: userId }).result;
    },
    call: (method, params, timeoutMs) => ask({ op: "call", method, params, timeout_ms: timeoutMs }),
    async cancel(call) {
      await ask({ op: "cancel", call: call.id }).result;
    },
    async disconnect() {
      await ask({ op: "disconnect" }).result;
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
