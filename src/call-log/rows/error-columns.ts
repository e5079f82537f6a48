import {
  REDACTED,
  redactedJson,
  type RedactionOptions,
  type SensitiveParts,
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

/** What is known of the values that an error can tell of. */
export interface ErrorSchemas {
  readonly params: SensitiveParts | undefined;
  readonly details: SensitiveParts | undefined;
}

/** The columns of an error. */
export function errorColumns(
  error: LoggedError,
  schemas: ErrorSchemas,
  options: Omit<RedactionOptions, "parts">,
): Pick<StoredRow, "error_code" | "error_message" | "error_details"> {
  const issues = issuesOf(error.details);
  const shown = issues?.map((issue) =>
    isSecretPlace(issue.path, schemas.params, options) ? { ...issue, message: REDACTED } : issue,
  );
  // Some libraries quote the wrong value. The error's message repeats the first issue's.
  const secret = shown?.some((issue, index) => issue !== issues?.[index]) ?? false;
  const details = secret ? { issues: shown } : error.details;
  return {
    error_code: error.code,
    error_message: secret ? REDACTED : clip(error.message, options.maxBytes),
    error_details: redactedJson(details, { ...options, parts: schemas.details }),
  };
}

interface Issue {
  readonly path: readonly unknown[];
}

/** The issues of invalid params. */
function issuesOf(details: unknown): readonly Issue[] | undefined {
  const issues = (details as { issues?: unknown } | null | undefined)?.issues;
  if (!Array.isArray(issues)) return undefined;
  return issues.every((issue) => Array.isArray((issue as Partial<Issue> | null)?.path))
    ? issues
    : undefined;
}

function isSecretPlace(
  path: readonly unknown[],
  params: SensitiveParts | undefined,
  { names }: Pick<RedactionOptions, "names">,
): boolean {
  let parts = params;
  if (parts?.whole) return true;
  for (const step of path) {
    if (typeof step === "string" && names.isSecret(step)) return true;
    parts = typeof step === "number" ? parts?.element(step) : parts?.field(String(step));
    if (parts?.whole) return true;
  }
  return false;
}

/** A text for a column, of so many characters at most. */
export function clip(text: string, maxLength: number): string {
  return storable(text.length > maxLength ? `${text.slice(0, maxLength - 1)}…` : text);
}
