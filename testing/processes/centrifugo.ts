import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long Centrifugo may take to start. */
const START_TIMEOUT_MS = 15_000;

/** A real Centrifugo that runs with a configuration. */
export interface CentrifugoProcess {
  /** Ends it as a crash would. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Starts a Centrifugo binary and waits until it answers. */
export async function startCentrifugo(
  binary: string,
  config: { http_server: { port: string } },
): Promise<CentrifugoProcess> {
  const folder = mkdtempSync(join(tmpdir(), "centrifugo-"));
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config));
  const child = spawn(binary, ["-c", file], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    // Its own variables start with CENTRIFUGO_, too.
    env: { PATH: process.env["PATH"] },
  });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  const exited = once(child, "exit");
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };

  const ended = exited.then(() => {
    throw new Error(`Centrifugo ended: ${output}`);
  });
  // Also when it ends long after it has started.
  ended.catch(() => undefined);
  try {
    await Promise.race([untilListening(config.http_server.port), ended]);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  return { kill: () => end("SIGKILL"), close: () => end("SIGTERM") };
}

/** Centrifugo does not report that it is ready, so this polls its port. */
async function untilListening(port: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    const listens = await fetch(`http://127.0.0.1:${port}/health`).then(
      () => true,
      () => false,
    );
    if (listens) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Centrifugo did not listen on port ${port} within ${START_TIMEOUT_MS} ms`);
}
