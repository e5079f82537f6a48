import { RPCError } from "centrifugo-rpc";
import { FAULTS } from "./faults.js";
import { isRepeatable } from "./plan.js";
import type { JournalEntry, MadeCall, Trial } from "./trial.js";

/** What must never happen to a call. */
export type Violation =
  | "executed twice"
  | "another call's answer"
  | "never settled"
  | "answered without a run"
  | "ran, but the error says that it did not";

/** A call that did not succeed, or to which something happened that must never happen. */
export interface ReportedCall {
  readonly problem: Violation | "no result";
  readonly call: MadeCall;
  readonly executions: readonly JournalEntry[];
}

/** The calls of one language, or of all. */
export interface Tally {
  calls: number;
  settled: number;
  /** With their results; the clients see to the deadlines. */
  succeeded: number;
  /** How many calls ended with each error. */
  readonly errors: Record<string, number>;
  /** Calls of methods that allow it. */
  repeated: number;
  /** The process of the handler was killed, and the method does not allow a second run. */
  handlerKilled: number;
  /** The handler has ended, but the caller got an error. */
  resultLost: number;
  /** The longest time that a call took which succeeded, in milliseconds. */
  slowestMs: number;
  readonly violations: Record<Violation, number>;
}

/** What a trial has shown. */
export interface Judgement {
  readonly fault: string;
  readonly all: Tally;
  readonly languages: Readonly<Record<string, Tally>>;
  readonly violating: readonly ReportedCall[];
  /** Without a violation, and not because the handler was killed. */
  readonly failed: readonly ReportedCall[];
  /** From the beginning of the fault to the first success of a call that was made after it. */
  readonly firstSuccessMs: number | undefined;
  readonly peakMiB: Trial["peakMiB"];
  /** Whether as many calls succeeded as must. */
  readonly reached: boolean;
}

/** How many of the calls must succeed, if the fault allows it. */
const GOAL = 0.999;

/** Compares what callers saw with what handlers did. */
export function judge(trial: Trial): Judgement {
  const executions = new Map<number, JournalEntry[]>();
  for (const entry of trial.journal) {
    const known = executions.get(entry.marker);
    if (known) known.push(entry);
    else executions.set(entry.marker, [entry]);
  }
  const all = emptyTally();
  const languages: Record<string, Tally> = {};
  const violating: ReportedCall[] = [];
  const failed: ReportedCall[] = [];
  for (const call of trial.calls) {
    const entries = executions.get(call.marker) ?? [];
    const language = (languages[call.language] ??= emptyTally());
    const violations = violationsOf(call, entries);
    for (const problem of violations) violating.push({ problem, call, executions: entries });
    if (violations.length === 0 && !succeeded(call) && !wasKilled(call, entries)) {
      failed.push({ problem: "no result", call, executions: entries });
    }
    for (const tally of [all, language]) count(tally, call, entries, violations);
  }
  const firstSuccess = trial.calls
    .filter((call) => call.sentAt >= trial.faultFrom && succeeded(call))
    .reduce((first, { endedAt }) => Math.min(first, endedAt ?? first), Infinity);
  return {
    fault: trial.faults.join(", "),
    all,
    languages,
    violating,
    failed,
    firstSuccessMs: Number.isFinite(firstSuccess) ? firstSuccess - trial.faultFrom : undefined,
    peakMiB: trial.peakMiB,
    reached:
      trial.faults.some((name) => FAULTS[name]?.exempt) || failed.length <= (1 - GOAL) * all.calls,
  };
}

function emptyTally(): Tally {
  return {
    calls: 0,
    settled: 0,
    succeeded: 0,
    errors: {},
    repeated: 0,
    handlerKilled: 0,
    resultLost: 0,
    slowestMs: 0,
    violations: {
      "executed twice": 0,
      "another call's answer": 0,
      "never settled": 0,
      "answered without a run": 0,
      "ran, but the error says that it did not": 0,
    },
  };
}

function count(
  tally: Tally,
  call: MadeCall,
  executions: readonly JournalEntry[],
  violations: readonly Violation[],
): void {
  const tookMs = (call.endedAt ?? Infinity) - call.sentAt;
  tally.calls++;
  if (call.end) tally.settled++;
  if (succeeded(call)) {
    tally.succeeded++;
    tally.slowestMs = Math.max(tally.slowestMs, tookMs);
  }
  if (call.end && "error" in call.end) {
    const name = errorName(call.end.error);
    tally.errors[name] = (tally.errors[name] ?? 0) + 1;
    if (executions.some(({ event }) => event === "end")) tally.resultLost++;
    if (wasKilled(call, executions)) tally.handlerKilled++;
  }
  if (isRepeatable(call.method) && starts(executions) > 1) tally.repeated++;
  for (const violation of violations) tally.violations[violation]++;
}

function violationsOf(call: MadeCall, executions: readonly JournalEntry[]): Violation[] {
  const found: Violation[] = [];
  const runs = starts(executions);
  if (runs > 1 && !isRepeatable(call.method)) found.push("executed twice");
  if (!call.end) return [...found, "never settled"];
  if ("result" in call.end) {
    if (!succeeded(call)) found.push("another call's answer");
    if (runs === 0) found.push("answered without a run");
  } else {
    const { kind, code = 0, details } = call.end.error;
    const deniesRun =
      (kind === "rpc" && new RPCError(code).retryable) ||
      (details as { ran?: unknown } | undefined)?.ran === false;
    if (deniesRun && runs > 0) found.push("ran, but the error says that it did not");
  }
  return found;
}

/** Whether the result cannot be known, because the process of the handler was killed. */
function wasKilled({ method, end }: MadeCall, executions: readonly JournalEntry[]): boolean {
  if (isRepeatable(method) || !end || !("error" in end) || end.error.code !== 409) return false;
  return executions.length > 0 && executions.every(({ event }) => event === "start");
}

function starts(executions: readonly JournalEntry[]): number {
  return executions.filter(({ event }) => event === "start").length;
}

function succeeded({ end, marker }: MadeCall): boolean {
  if (!end || !("result" in end)) return false;
  return (end.result as { marker?: unknown } | null)?.marker === marker;
}

function errorName({ kind, code }: { kind: string; code?: number }): string {
  return kind === "rpc" ? String(code) : `${kind} ${code ?? ""}`.trim();
}
