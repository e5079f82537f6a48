// Records calls as a program of its own, so that a test can kill it. It is given its settings as
// JSON in the first argument, and tells in lines of JSON how far it is. It ends with its input.
import { setTimeout as pause } from "node:timers/promises";
import { openCallLog } from "../index.js";
import type { RecorderLine, RecorderSettings } from "./recorder-launcher.js";

const { url, flushIntervalMs, callsPerSecond, paramBytes } = JSON.parse(
  process.argv[2] ?? "",
) as RecorderSettings;
const log = openCallLog({ url, flushIntervalMs });
const params = { text: "x".repeat(paramBytes) };
const stop = new AbortController();
process.stdin.once("end", () => stop.abort()).resume();

const start = performance.now();
let recordingMs = 0;
let recorded = 0;
while (!stop.signal.aborted) {
  const begin = performance.now();
  const due = ((begin - start) / 1000) * callsPerSecond;
  for (; recorded < due; recorded++) {
    log
      .begin({ kind: "call", id: String(recorded), target: "m", params, startedAt: new Date() })
      .end({ status: "success", durationMs: 0 });
  }
  recordingMs += performance.now() - begin;
  tell();
  await pause(20);
}
await log.close();
tell();

function tell(): void {
  const line: RecorderLine = { recorded, recordingMs, ...log.status() };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
