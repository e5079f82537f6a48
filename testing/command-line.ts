// Runs the built command line in a temporary folder.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

const root = resolve(import.meta.dirname, "..");
const main = join(root, "dist/cli/main.js");

/** How a command ended. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A temporary folder, inside the repository so that it can import the package. */
export class Project implements AsyncDisposable {
  readonly folder: string;
  readonly #running: ChildProcess[] = [];

  constructor(files: Record<string, string> = {}) {
    mkdirSync(join(root, ".cache"), { recursive: true });
    this.folder = mkdtempSync(join(root, ".cache/project-"));
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  write(path: string, content: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { recursive: true });
  }

  /** Runs a command to its end. */
  async run(
    args: string[],
    { env = {}, input = "" }: { env?: Record<string, string>; input?: string } = {},
  ): Promise<Ended> {
    const child = this.#spawn(args, { env });
    child.stdin?.end(input);
    const [stdout, stderr, [code]] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      once(child, "exit") as Promise<[number | null]>,
    ]);
    return { code, stdout, stderr };
  }

  /** Starts a command that runs on; its lines can be awaited. */
  start(
    args: string[],
    options: { env?: Record<string, string>; uid?: number; gid?: number } = {},
  ): Running {
    const child = this.#spawn(args, options);
    this.#running.push(child);
    return new Running(child);
  }

  #spawn(
    args: string[],
    { env = {}, ...user }: { env?: Record<string, string>; uid?: number; gid?: number },
  ): ChildProcess {
    const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("CENTRIFUGO_"));
    return spawn(process.execPath, [main, ...args], {
      cwd: this.folder,
      env: { ...Object.fromEntries(clean), ...env },
      ...user,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A command that runs on. */
export class Running {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  /** All lines so far, also those that were awaited. */
  readonly output: string[] = [];
  /** Whether it has ended, and all that it wrote was read. */
  #isClosed = false;
  #changed = (): void => undefined;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => {
        this.#lines.push(line);
        this.output.push(line);
        this.#changed();
      });
    }
    child.once("close", () => {
      this.#isClosed = true;
      this.#changed();
    });
  }

  /** The first line that matches and was not awaited before. */
  async line(pattern: RegExp): Promise<string> {
    for (;;) {
      const index = this.#lines.findIndex((line) => pattern.test(line));
      if (index >= 0) return this.#lines.splice(0, index + 1).at(-1) ?? "";
      if (this.#isClosed) {
        throw new Error(`ended without ${pattern}:\n${this.#lines.join("\n")}`);
      }
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  /** Sends SIGTERM and returns the exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill("SIGTERM");
    const [code] = (await once(this.#child, "exit")) as [number | null];
    return code;
  }
}

/** A handlers file with one method, `tasks.get_stats`, that counts `total`. */
export function statsHandlers(total: number): string {
  return `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
import { bonus } from "./bonus.js";

websocketRpc("tasks.get_stats", {
  description: "Counts the tasks of a user.",
  params: z.object({ user_id: z.string(), include_completed: z.boolean().default(true) }).meta({ id: "TaskStatsParams" }),
  result: z.object({ total: z.int(), completed: z.int(), pending: z.int() }).meta({ id: "TaskStatsResult" }),
})(async () => ({ total: ${total} + bonus, completed: 0, pending: 0 }));
`;
}
