import { CallLogError } from "../call-log-errors.js";
import { FileOwner } from "./file-owner.js";
import type { LogLocation } from "./location.js";
import { WorkerLink } from "./worker-link.js";
import type { WorkerOperation, WorkerOperations } from "./worker-messages.js";

/** An answer that does not come in this time comes no more, as when a network swallows packets. */
const ANSWER_TIMEOUT_MS = 60_000;
/** A process that stops does not wait so long. */
const CLOSE_TIMEOUT_MS = 3000;

const CLOSED = "the call log is closed";

/**
 * The database in its worker. One whose database failed is ended, see {@link LogDatabase.restart},
 * and the next question starts another: whatever state it was in is gone with it.
 */
export class LogDatabase {
  readonly #location: LogLocation;
  #owner: Promise<FileOwner> | undefined;
  #link: Promise<WorkerLink> | undefined;
  /** The end of the worker before: two must never have the same file. */
  #ended: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(location: LogLocation) {
    this.#location = location;
  }

  /**
   * Asks the worker.
   *
   * @throws CallLogError with the database's reason, or when it is closed; CallLogInUseError when
   * another process has the file.
   */
  async ask<Operation extends WorkerOperation>(
    operation: Operation,
    ask: WorkerOperations[Operation]["ask"],
  ): Promise<WorkerOperations[Operation]["answer"]> {
    if (this.#closed) throw new CallLogError(CLOSED);
    const link = await (this.#link ??= this.#start());
    await (await this.#owner)?.confirm();
    return await link.ask(operation, ask, ANSWER_TIMEOUT_MS);
  }

  /**
   * Ends the worker; who waits for an answer is told the reason. The next question starts another
   * one.
   */
  async restart(reason: Error): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link) this.#ended = endOf(link, reason);
    await this.#ended;
  }

  /** Closes the database and leaves the file to others. */
  async close(): Promise<void> {
    this.#closed = true;
    const link = await this.#link?.catch(() => undefined);
    await link?.ask("close", {}, CLOSE_TIMEOUT_MS).catch(() => undefined);
    await this.restart(new CallLogError(CLOSED));
    const owner = await this.#owner?.catch(() => undefined);
    this.#owner = undefined;
    await owner?.clearLock();
    await owner?.release();
  }

  async #start(): Promise<WorkerLink> {
    try {
      await this.#ended;
      if (this.#location.kind === "file") await this.#takeFile(this.#location.path);
      const started: WorkerLink = new WorkerLink(this.#location, () => void this.#forget(started));
      return started;
    } catch (error) {
      this.#link = undefined;
      throw error;
    }
  }

  async #takeFile(path: string): Promise<void> {
    const lost = (): void => {
      this.#owner = undefined;
      void this.restart(new CallLogError("another process has taken the call log's file"));
    };
    try {
      this.#owner ??= FileOwner.take(path, lost);
      await (await this.#owner).clearLock();
    } catch (error) {
      this.#owner = undefined;
      throw error;
    }
  }

  async #forget(ended: WorkerLink): Promise<void> {
    const link = this.#link;
    if ((await link?.catch(() => undefined)) === ended && this.#link === link) {
      this.#link = undefined;
    }
  }
}

async function endOf(link: Promise<WorkerLink>, reason: Error): Promise<void> {
  await (await link.catch(() => undefined))?.end(reason);
}
