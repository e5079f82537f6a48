import type { Fix } from "./finding.js";
import type { Result } from "./run.js";

const PLACES: Record<Fix["where"], string> = {
  centrifugo: "in Centrifugo's configuration",
  environment: "in the environment",
  "gateway-environment": "in the gateway's environment",
  "service-environment": "in the service's environment",
  nginx: "in nginx",
  command: "run",
};

/** The report for people. */
export function textReport(results: readonly Result[]): string {
  const width = Math.max(...results.map(({ title }) => title.length));
  const lines = results.flatMap(({ status, title, message, fixes }) => [
    `${status.padEnd("skipped".length)}  ${title.padEnd(width)}  ${message}`,
    ...fixes.map(({ where, line }) => `${" ".repeat(11)}${PLACES[where]}: ${line}`),
  ]);
  const counts = (["ok", "warning", "wrong", "skipped"] as const)
    .map((status) => `${results.filter((result) => result.status === status).length} ${status}`)
    .join(", ");
  return `${lines.join("\n")}\n\n${counts}\n`;
}

/** The report for programs, as JSON. */
export function jsonReport(results: readonly Result[]): string {
  const checks = results.map(({ id, status, message, fixes }) => ({ id, status, message, fixes }));
  return `${JSON.stringify({ healthy: isHealthy(results), checks }, null, 2)}\n`;
}

/** Whether no check failed; warnings are allowed. */
export function isHealthy(results: readonly Result[]): boolean {
  return !results.some(({ status }) => status === "wrong");
}
