import type { CallLogRow } from "../../call-log/index.js";
import { printable } from "./printable.js";

/** Formats one row of the call log as a line for people. */
export function formatRow(row: CallLogRow): string {
  const parts = [
    row.created_at.replace("T", " ").replace("Z", ""),
    row.status.padEnd(9),
    duration(row.duration_ms).padStart(9),
    row.kind === "call" ? row.target : `publish ${row.target}`,
    ...(row.user_id === null ? [] : [`user ${row.user_id}`]),
    row.id,
    ...(row.wait_for_ack ? [`${row.acks_received ?? 0}/${row.acks_expected ?? "?"} acks`] : []),
    ...(row.attempts > 1 ? [`sent ${row.attempts} times`] : []),
    ...(row.error_code === null ? [] : [`${row.error_code} ${row.error_message ?? ""}`]),
  ];
  return printable(parts.join("  "));
}

function duration(milliseconds: number | null): string {
  if (milliseconds === null) return "";
  return milliseconds < 10_000
    ? `${milliseconds.toFixed(1)} ms`
    : `${(milliseconds / 1000).toFixed(1)} s`;
}
