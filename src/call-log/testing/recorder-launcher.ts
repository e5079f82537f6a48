import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { CallLogHealth } from "../index.js";

/** What the program of recorder-process.ts needs to know. */
export interface RecorderSettings {
  readonly url: string;
  readonly flushIntervalMs: number;
  readonly callsPerSecond: number;
  readonly paramBytes: number;
}

/** What it tells. The IDs of its calls are the numbers before `recorded`. */
export interface RecorderLine extends CallLogHealth {
  readonly recorded: number;
  /** What recording all of them took. */
  readonly recordingMs: number;
}

/** A program that records calls. */
export interface RecorderProcess {
  readonly pid: number;
  /** Each line with the time at which it came. */
  readonly lines: readonly (RecorderLine & { at: number })[];
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  /** Has it close its call log and end. */
  stop(): Promise<void>;
}

const program = join(import.meta.dirname, "recorder-process.ts");

/**
 * Starts it.
 *
 * @param prefix a command that runs the program, as `prlimit` does.
 */
export function startRecorder(settings: RecorderSettings, prefix: string[] = []): RecorderProcess {
  const options = ["--conditions=centrifugo-rpc-source", "--import=tsx"];
  const args = [...options, program, JSON.stringify(settings)];
  const child = spawn("env", [...prefix, process.execPath, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines: (RecorderLine & { at: number })[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push({ ...(JSON.parse(line) as RecorderLine), at: Date.now() });
  });
  return {
    pid: child.pid ?? 0,
    lines,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.stdin.end();
      await exited;
    },
  };
}
