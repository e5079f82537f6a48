// Runs the database in a thread of its own, because SQLite is synchronous and building large
// statements takes time. Started by log-database.ts.
import { parentPort, workerData } from "node:worker_threads";
import type { LogLocation } from "./location.js";
import { LogStore, UnusableError } from "./log-store.js";

/** A method of {@link LogStore}. */
export type LogOperation = "write" | "query" | "deleteBefore" | "endLost" | "close";

/** A message to the worker. */
export interface WorkerQuestion {
  readonly id: number;
  readonly operation: LogOperation;
  readonly argument: unknown;
}

/** The worker's reply. */
export type WorkerAnswer = { readonly id: number } & (
  { readonly answer: unknown } | { readonly error: string; readonly isUnusable: boolean }
);

let opening: Promise<LogStore> | undefined;

parentPort?.on("message", async ({ id, operation, argument }: WorkerQuestion) => {
  try {
    if (operation === "close") {
      await opening?.then((store) => store.close()).catch(() => undefined);
      process.exit();
    }
    const store = await open();
    reply({ id, answer: await store[operation](argument as never) });
  } catch (error) {
    const isUnusable = error instanceof UnusableError;
    reply({ id, isUnusable, error: error instanceof Error ? error.message : String(error) });
  }
});

async function open(): Promise<LogStore> {
  opening ??= LogStore.open(workerData as LogLocation);
  try {
    return await opening;
  } catch (error) {
    opening = undefined;
    throw error;
  }
}

function reply(answer: WorkerAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
  parentPort?.postMessage(answer);
}
