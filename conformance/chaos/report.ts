import type { Judgement, Tally, ReportedCall } from "./judgement.js";

/** The columns of the table, with what each shows. */
const HEADER =
  "| fault | client | calls | settled | succeeded | errors | handler killed | twice | other's answer | result lost | first success | slowest |";

/** How many of the calls without a result are shown. */
const EXAMPLES = 5;

/** One table with a row for each fault and language. */
export function table(judgements: readonly Judgement[]): string {
  const columns = HEADER.split("|").length - 2;
  return [HEADER, `|${" --- |".repeat(columns)}`, ...judgements.flatMap(rows)].join("\n");
}

/** The rows of one fault: all calls, then those of each language. */
export function rows(judgement: Judgement): string[] {
  const { fault, all, languages } = judgement;
  return [
    row(fault, "all", all, seconds(judgement.firstSuccessMs)),
    ...Object.entries(languages).map(([language, tally]) => row("", language, tally, "")),
  ];
}

function row(fault: string, client: string, tally: Tally, firstSuccess: string): string {
  const { calls, settled, succeeded, errors, handlerKilled, violations } = tally;
  const codes = Object.entries(errors).map(([code, count]) => `${code}: ${count}`);
  const twice = `${violations["executed twice"]}${tally.repeated ? ` (+${tally.repeated} allowed)` : ""}`;
  const cells = [
    fault,
    client,
    calls,
    settled,
    `${((100 * succeeded) / calls).toFixed(2)} %`,
    codes.join(", ") || "none",
    handlerKilled,
    twice,
    violations["another call's answer"],
    tally.resultLost,
    firstSuccess,
    seconds(tally.slowestMs),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** The problems of a trial; none if every promise holds. */
export function complaints({ fault, all, reached, violating, failed }: Judgement): string[] {
  const found = violating.map((each) => `${fault}: ${history(each)}`);
  if (reached) return found;
  const missed = `${fault}: ${failed.length} of ${all.calls} calls have no result, such as:`;
  return [...found, [missed, ...failed.slice(0, EXAMPLES).map(history)].join("\n")];
}

/** Everything that is known of a call. */
function history({ problem, call, executions }: ReportedCall): string {
  const { marker, language, connection, method, delayMs, sentAt, endedAt, end } = call;
  const at = (time: number): string => `${Math.round(time - sentAt)} ms`;
  const lines = [
    `${problem}: call ${marker} of ${method} (${delayMs} ms), ${language}, connection ${connection}`,
    ...executions.map(
      (entry) => `  ${at(entry.at)}: ${entry.event} in ${entry.pid} as ${entry.correlationId}`,
    ),
    endedAt === undefined ? "  no end" : `  ${at(endedAt)}: ${JSON.stringify(end)}`,
  ];
  return lines.join("\n");
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? "never" : `${(ms / 1000).toFixed(2)} s`;
}
