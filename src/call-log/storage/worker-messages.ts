import type { CallLogPage, CallLogQuery } from "../reading/log-query.js";
import type { StoredRow } from "../rows/row.js";
import type { LostRows, OldRows, WriteOutcome } from "./log-store.js";

/** What the worker can be asked for, and what it answers. */
export interface WorkerOperations {
  write: { ask: { rows: readonly StoredRow[] }; answer: WriteOutcome };
  query: { ask: { query: CallLogQuery }; answer: CallLogPage };
  deleteBefore: { ask: OldRows; answer: number };
  endLost: { ask: LostRows; answer: undefined };
  close: { ask: object; answer: undefined };
}

export type WorkerOperation = keyof WorkerOperations;

/** A question to the worker. */
export type WorkerAsk = {
  [Operation in WorkerOperation]: { id: number; operation: Operation } & {
    ask: WorkerOperations[Operation]["ask"];
  };
}[WorkerOperation];

/** Its answer. */
export type WorkerAnswer = { id: number } & ({ answer: unknown } | { error: string });
