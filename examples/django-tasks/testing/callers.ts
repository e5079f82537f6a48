// Builds the caller programs, each with the client that was generated in its language, and runs them.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { findGo } from "../../../testing/toolchains.js";

const root = resolve(import.meta.dirname, "../../..");
const programs = join(import.meta.dirname, "callers");

/** The outcome of a command: `result`, or `error` with the name of its type. */
export interface Outcome {
  result?: unknown;
  error?: string;
  code?: number;
  message?: string;
  task_id?: number;
  details?: { issues?: { path: (string | number)[] }[] };
}

/** A running caller program; see `callers/` for its commands. */
export interface Caller {
  /** Runs a command and returns its outcome. */
  do(command: string, values?: object): Promise<Outcome>;
  /** Cancels the running call. */
  cancel(): void;
  close(): Promise<void>;
}

/** The command that runs a caller. */
export type Program = readonly [command: string, ...args: string[]];

/** Prepares the caller of each language in a folder of generated clients. */
export const languages: Record<string, ((clients: string, python: string) => Program) | undefined> =
  {
    TypeScript(clients) {
      symlinkSync(join(root, "node_modules"), join(clients, "node_modules"));
      const program = join(clients, "typescript/src/caller.ts");
      copyFileSync(join(programs, "caller.ts.txt"), program);
      return [process.execPath, "--import", "tsx", program];
    },
    Python(clients, python) {
      const program = join(clients, "python/caller.py");
      copyFileSync(join(programs, "caller.py"), program);
      return [python, program];
    },
    Go: goProgram(),
  };

function goProgram(): ((clients: string) => Program) | undefined {
  const go = findGo();
  if (go === undefined) return undefined;
  return (clients) => {
    const module = join(clients, "go");
    mkdirSync(join(module, "caller"));
    copyFileSync(join(programs, "caller.go.txt"), join(module, "caller/main.go"));
    const binary = join(clients, "go-caller");
    const built = spawnSync(go, ["build", "-o", binary, "./caller"], {
      cwd: module,
      encoding: "utf8",
    });
    if (built.status !== 0) throw new Error(`the Go caller does not build: ${built.stderr}`);
    return [binary];
  };
}

/** Starts a caller, connected as a user. */
export async function startCaller(
  [command, ...args]: Program,
  url: string,
  token: string,
  userId: string,
): Promise<Caller> {
  const child = spawn(command, [...args, url, token, userId], {
    // For tsx.
    cwd: root,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Outcome> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the caller ended:\n${complaints}`);
    return JSON.parse(value) as Outcome;
  };
  const send = (message: object): void => void child.stdin.write(`${JSON.stringify(message)}\n`);
  const { error, message } = await next();
  if (error !== undefined) throw new Error(`${error}: ${message}`);
  return {
    do(command, values = {}) {
      send({ do: command, ...values });
      return next();
    },
    cancel: () => send({ do: "cancel" }),
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
