// Runs the Django project for the tests, as a deployment does: migrated, behind uvicorn.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

export const example = resolve(import.meta.dirname, "..");
const root = resolve(example, "../..");

/** The secret of the gateway and the service. */
export const SERVICE_SECRET = "the-handler-service-secret-of-this-test";

/** A Django project with its own database. */
export interface DjangoProject {
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
  /** Runs a command of `manage.py` and returns its output. */
  manage(...command: string[]): string;
}

/** A project with environment variables. */
export function djangoProject(python: string, variables: NodeJS.ProcessEnv): DjangoProject {
  const own = Object.entries(process.env).filter(([name]) => !/^(CENTRIFUGO|DJANGO)/.test(name));
  const env = {
    ...Object.fromEntries(own),
    PYTHONPATH: join(root, "python"),
    PYTHONUNBUFFERED: "1",
    DJANGO_SECRET_KEY: "a-key-of-this-test",
    CENTRIFUGO_HANDLER_SERVICE_SECRET: SERVICE_SECRET,
    ...variables,
  };
  return {
    python,
    env,
    manage: (...command) =>
      execFileSync(python, ["manage.py", ...command], { cwd: example, env, encoding: "utf8" }),
  };
}

/** A uvicorn that serves the project. */
export interface RunningService {
  readonly url: string;
  /** Resolves with the next log line that contains a text. */
  logged(text: string): Promise<string>;
  /** Ends it like a crash. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the project on a port, and waits until it serves. */
export async function startService(
  { python, env }: DjangoProject,
  { port, workers = 1 }: { port: number; workers?: number },
): Promise<RunningService> {
  const options = ["--host", "127.0.0.1", "--port", String(port), "--workers", String(workers)];
  const child = spawn(python, ["-m", "uvicorn", "config.asgi:application", ...options], {
    cwd: example,
    env,
    stdio: ["ignore", "ignore", "pipe"],
    // Its own process group, to end it together with its workers.
    detached: true,
  });
  const logged = readLog(child);
  // The workers share its standard error, so this is when the last one has ended.
  const ended = once(child, "close");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, signal);
    await ended;
  };
  const service: RunningService = {
    url: `http://127.0.0.1:${port}/centrifugo-rpc`,
    logged,
    kill: () => end("SIGKILL"),
    close: () => end("SIGTERM"),
  };
  await logged("Application startup complete");
  return service;
}

/** Searches for lines in the standard error of a process. */
function readLog(child: ChildProcess): (text: string) => Promise<string> {
  const lines = createInterface({ input: child.stderr! });
  const written: string[] = [];
  lines.on("line", (line) => written.push(line));
  return (text) =>
    new Promise((resolve, reject) => {
      const look = (line: string): void => {
        if (!line.includes(text)) return;
        lines.off("line", look);
        resolve(line);
      };
      lines.on("line", look);
      lines.once("close", () => reject(new Error(`the service ended:\n${written.join("\n")}`)));
    });
}
