// Has the database: SQLite works synchronously, and neither it nor the making of large statements
// may hold up calls. Started by database.ts.
import { parentPort, workerData } from "node:worker_threads";
import type { LogLocation } from "./location.js";
import { LogStore } from "./log-store.js";
import type { WorkerAnswer, WorkerAsk } from "./worker-messages.js";

const opening = LogStore.open(workerData as LogLocation);
// Whoever asks is told.
opening.catch(() => undefined);

parentPort?.on("message", async (message: WorkerAsk) => {
  const { id } = message;
  try {
    reply({ id, answer: await answerTo(message, await opening) });
  } catch (error) {
    reply({ id, error: error instanceof Error ? error.message : String(error) });
  }
});

function answerTo(message: WorkerAsk, store: LogStore): Promise<unknown> {
  switch (message.operation) {
    case "write":
      return store.write(message.ask.rows);
    case "query":
      return store.query(message.ask.query);
    case "deleteBefore":
      return store.deleteBefore(message.ask);
    case "endLost":
      return store.endLost(message.ask);
    default:
      return store.close();
  }
}

function reply(answer: WorkerAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
  parentPort?.postMessage(answer);
}
