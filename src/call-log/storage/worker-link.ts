import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import { CallLogError } from "../call-log-errors.js";
import type { LogLocation } from "./location.js";
import type { WorkerAnswer, WorkerOperation, WorkerOperations } from "./worker-messages.js";

interface Waiting {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A running worker and the questions that it has not answered yet. */
export class WorkerLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #hasEnded = false;
  #failure: Error = new CallLogError("the worker of the call log ended");

  /** @param onEnd called once when the worker has ended. */
  constructor(location: LogLocation, onEnd: () => void) {
    this.#worker = startWorker(location);
    this.#worker.unref();
    this.#worker.on("message", (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on("error", (error) => {
      this.#failure = new CallLogError(`the worker of the call log failed: ${error}`);
    });
    this.#worker.once("exit", () => {
      this.#hasEnded = true;
      onEnd();
      for (const { reject } of this.#waiting.values()) reject(this.#failure);
    });
  }

  /**
   * @throws CallLogError with the database's reason, or when no answer comes in time; the reason of
   * its end when the worker has ended.
   */
  async ask<Operation extends WorkerOperation>(
    operation: Operation,
    ask: WorkerOperations[Operation]["ask"],
    timeoutMs: number,
  ): Promise<WorkerOperations[Operation]["answer"]> {
    // What is sent to a worker that has ended is lost without a word.
    if (this.#hasEnded) throw this.#failure;
    const id = this.#nextId++;
    let timer: NodeJS.Timeout | undefined;
    // A process that has nothing else to do ends, but not before it has its answers.
    this.#worker.ref();
    try {
      return (await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        const late = new CallLogError("the database of the call log does not answer");
        timer = setTimeout(reject, timeoutMs, late);
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
        this.#worker.postMessage({ id, operation, ask });
      })) as WorkerOperations[Operation]["answer"];
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#worker.unref();
    }
  }

  /** Ends the worker at once. Who waits for an answer is told the reason. */
  async end(reason: Error): Promise<void> {
    this.#failure = reason;
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    if ("error" in answer) waiting?.reject(new CallLogError(answer.error));
    else waiting?.resolve(answer.answer);
  }
}

/** Starts the worker beside this file. */
function startWorker(location: LogLocation): Worker {
  const options = { name: "call log", workerData: location };
  const isSource = import.meta.url.endsWith(".ts");
  return isSource
    ? new Worker(sourceProgram(), { ...options, eval: true, execArgv: [] })
    : new Worker(new URL("./worker.js", import.meta.url), options);
}

/** Has tsx load the worker's source: as an option of a worker, Node.js 20 ignores it. */
function sourceProgram(): string {
  const index = createRequire(import.meta.url).resolve("tsx/esm");
  const tsx = pathToFileURL(index.replace(/index\.mjs$/, "api/index.mjs")).href;
  const worker = new URL("./worker.ts", import.meta.url).href;
  return `import(${JSON.stringify(tsx)}).then((tsx) => { tsx.register(); return import(${JSON.stringify(worker)}) })`;
}
