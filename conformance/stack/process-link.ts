import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Answer, DriverLink } from "./driver.js";

/** A driver that is a program of its own: one JSON object a line on its standard input and output. */
export function startProcess([command = "", ...args]: string[]): DriverLink {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PYTHONPATH: resolve(import.meta.dirname, "../../clients/python") },
  });
  const ended = new Promise<void>((end) => child.once("exit", () => end()));
  const lines = createInterface({ input: child.stdout });
  return {
    ended,
    send: (message) => void child.stdin.write(`${JSON.stringify(message)}\n`),
    onAnswer: (listener) => lines.on("line", (line) => listener(JSON.parse(line) as Answer)),
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
