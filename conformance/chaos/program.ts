import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Link } from "./link.js";

/** A part of the system that a fault can end, stop and start again. */
export interface Program {
  start(): Promise<void>;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Ends it with SIGTERM. */
  stop(): Promise<void>;
}

/** How to start a program. */
export interface Command {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Gets what the program writes. */
  readonly logFile: string;
  /** Refuses connections while the program does not run. */
  readonly link?: Pick<Link, "listen">;
  /** Answers with 200 when the program is ready. */
  readonly readyUrl: string;
}

/** How long a program may take to start. */
const START_TIMEOUT_MS = 120_000;

/** A program that is started with the same command each time. */
export class ChildProgram implements Program {
  readonly #command: Command;
  #child: ChildProcess | undefined;
  #peakMiB = 0;

  constructor(command: Command) {
    this.#command = command;
  }

  async start(): Promise<void> {
    const { command, env, cwd, logFile, link, readyUrl } = this.#command;
    const [program = "", ...args] = command;
    const log = openSync(logFile, "a");
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", log, log] });
    closeSync(log);
    this.#child = child;
    const deadline = Date.now() + START_TIMEOUT_MS;
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${program} ended: see ${logFile}`);
      if (Date.now() > deadline) throw new Error(`${program} does not start: see ${logFile}`);
      const isReady = await fetch(readyUrl).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isReady) return await link?.listen(true);
      await pause(50);
    }
  }

  kill = (): Promise<void> => this.#end("SIGKILL");
  stop = (): Promise<void> => this.#end("SIGTERM");

  /** Takes the processor from it until {@link thaw}. */
  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  /** The most memory that it had in any of its lives, in MiB. */
  peakMiB(): number {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, "utf8");
      const kib = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
      this.#peakMiB = Math.max(this.#peakMiB, Math.round(kib / 1024));
    } catch {
      // It has ended.
    }
    return this.#peakMiB;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    this.peakMiB();
    const exited = once(child, "exit");
    // Also a program that ends gracefully accepts no connections from here on.
    await this.#command.link?.listen(false);
    child.kill(signal);
    await exited;
  }
}
