import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { freePort } from "../ports.js";

/** A Redis that keeps nothing on disk. */
export interface RedisProcess {
  /** As in `redis://127.0.0.1:6379`. */
  readonly url: string;
  readonly pid: number;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Starts `redis-server` and waits until it accepts connections. */
export async function startRedis(binary: string, port?: number): Promise<RedisProcess> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const listenOn = port ?? (await freePort());
  const settings = { bind: "127.0.0.1", port: String(listenOn), dir: folder, save: "" };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  let output = "";
  const ready = new Promise<void>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes("Ready to accept connections")) resolve();
      else output += `${line}\n`;
    });
  });
  const ended = exited.then(() => {
    throw new Error(`Redis ended: ${output}`);
  });
  // Also when it ends long after it has started.
  ended.catch(() => undefined);
  try {
    await Promise.race([ready, ended]);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    url: `redis://127.0.0.1:${listenOn}`,
    pid: child.pid ?? 0,
    kill: () => end("SIGKILL"),
    close: () => end("SIGTERM"),
  };
}
