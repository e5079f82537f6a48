import type { ValidationIssue } from "../../protocol/index.js";
import {
  REDACTED,
  redactedJson,
  type RedactionOptions,
  type Secrets,
  storable,
} from "../../redaction/index.js";
import type { StoredRow } from "./row.js";

/** What a call or a publication failed with. */
export interface LoggedError {
  /** The code of the error table or the application's own. */
  readonly code: number;
  readonly message: string;
  readonly details?: unknown;
}

/**
 * The columns of an error.
 *
 * @param secrets those of the params, which messages may quote.
 * @param options for the details.
 */
export function errorColumns(
  error: LoggedError,
  secrets: Secrets,
  options: RedactionOptions,
): Pick<StoredRow, "error_code" | "error_message" | "error_details"> {
  const issues = issuesOf(error.details);
  const shown = issues && secrets.redactIssues(issues);
  // The error's message repeats the first issue's.
  const isSecret = shown?.some((issue, index) => issue !== issues?.[index]) ?? false;
  return {
    error_code: error.code,
    error_message:
      isSecret || secrets.isQuotedIn(error.message)
        ? REDACTED
        : clip(error.message, options.maxBytes),
    error_details: redactedJson(isSecret ? { issues: shown } : error.details, {
      ...options,
      secrets,
    }),
  };
}

/** The issues of invalid params. */
function issuesOf(details: unknown): readonly ValidationIssue[] | undefined {
  const issues = (details as { issues?: unknown } | null | undefined)?.issues;
  if (!Array.isArray(issues)) return undefined;
  const isIssue = (issue: Partial<ValidationIssue> | null): boolean =>
    Array.isArray(issue?.path) && typeof issue.message === "string";
  return issues.every(isIssue) ? issues : undefined;
}

/** A text for a column, of so many characters at most. */
export function clip(text: string, maxLength: number): string {
  return storable(text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text);
}
