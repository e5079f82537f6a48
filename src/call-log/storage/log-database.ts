import { once } from "node:events";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { within } from "../../protocol/index.js";
import { CallLogError } from "../errors.js";
import type { LogLocation } from "./location.js";
import type { LogStore } from "./log-store.js";
import type { LogOperation, WorkerAnswer, WorkerQuestion } from "./worker.js";

/** A connection can hang, for example when a network drops packets. */
const ANSWER_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_MS = 3000;

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The database in a worker thread, which starts with the first question. When opening the database
 * fails, the next question opens it again.
 */
export class LogDatabase {
  readonly #location: LogLocation;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #nextId = 1;
  #closed = false;
  #failure: CallLogError | undefined;

  constructor(location: LogLocation) {
    this.#location = location;
  }

  /**
   * Runs an operation in the worker.
   *
   * @throws CallLogError with the database's reason, when it does not answer, or when it is closed.
   */
  async ask<Operation extends LogOperation>(
    operation: Operation,
    argument: Parameters<LogStore[Operation]>[0],
  ): Promise<Awaited<ReturnType<LogStore[Operation]>>> {
    if (this.#closed) throw new CallLogError("the call log is closed");
    const worker = (this.#worker ??= this.#start());
    const answer = this.#send(worker, operation, argument);
    return (await within(ANSWER_TIMEOUT_MS, answer, () => {
      this.#abandon(worker);
      throw new CallLogError("the database of the call log does not answer");
    })) as Awaited<ReturnType<LogStore[Operation]>>;
  }

  /** Closes the database. Operations that are still running fail. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (!worker) return;
    const ended = once(worker, "exit").catch(() => undefined);
    this.#send(worker, "close").catch(() => undefined);
    await within(CLOSE_TIMEOUT_MS, ended, () => this.#abandon(worker));
  }

  async #send(worker: Worker, operation: LogOperation, argument?: unknown): Promise<unknown> {
    const id = this.#nextId++;
    // The process stays alive until it has its answers.
    worker.ref();
    try {
      return await new Promise((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- not a window
        worker.postMessage({ id, operation, argument } satisfies WorkerQuestion);
      });
    } finally {
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    }
  }

  /**
   * Gives up a worker that does not answer. Only one with a PostgreSQL connection is terminated:
   * libsql aborts the whole process when its thread is terminated during a call into it.
   */
  #abandon(worker: Worker): void {
    worker.unref();
    if (this.#location.kind === "postgres") void worker.terminate();
  }

  #start(): Worker {
    const worker = startWorker(this.#location);
    this.#failure = undefined;
    worker.on("message", (message: WorkerAnswer) => {
      const waiting = this.#waiting.get(message.id);
      if ("error" in message) {
        const code = message.isUnusable ? "CRPC_CALL_LOG_UNUSABLE" : undefined;
        waiting?.reject(new CallLogError(message.error, code));
      }
      if ("answer" in message) waiting?.resolve(message.answer);
    });
    worker.on("error", (error) => {
      this.#failure = new CallLogError(`the worker of the call log failed: ${error}`);
    });
    worker.once("exit", () => {
      this.#worker = undefined;
      const reason = this.#closed ? "the call log is closed" : "the worker of the call log ended";
      const failure = this.#failure ?? new CallLogError(reason);
      for (const { reject } of this.#waiting.values()) reject(failure);
    });
    return worker;
  }
}

/** Starts the worker next to this file. */
function startWorker(location: LogLocation): Worker {
  const options = { name: "call log", workerData: location };
  const isSource = import.meta.url.endsWith(".ts");
  return isSource
    ? new Worker(sourceProgram(), { ...options, eval: true, execArgv: [] })
    : new Worker(new URL("./worker.js", import.meta.url), options);
}

/** Loads the worker's source with tsx. Node.js 20 ignores `--import` in a worker's options. */
function sourceProgram(): string {
  const index = createRequire(import.meta.url).resolve("tsx/esm");
  const tsx = pathToFileURL(index.replace(/index\.mjs$/, "api/index.mjs")).href;
  const worker = new URL("./worker.ts", import.meta.url).href;
  return `import(${JSON.stringify(tsx)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(worker)}) })`;
}
