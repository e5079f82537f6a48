/** One row of the error table. */
export interface ErrorTableRow {
  /** The number on the wire and in `RPCError.code` of every client. */
  readonly code: number;
  /** What happened, in one sentence; the default message. */
  readonly summary: string;
  /** Whether the same call may be sent again and can then succeed without a change by the caller. */
  readonly retryable: boolean;
}

/**
 * The closed table of error codes: the source of `docs/errors.md` and of the constants of the
 * Python and Go clients. The numbers lie in the range that Centrifugo leaves to applications
 * (400 to 1999) and follow HTTP where a meaning matches. Applications use their own from
 * 1000.
 */
export const ERROR_TABLE = {
  invalid_params: {
    code: 400,
    summary: "The params do not match the method's schema.",
    retryable: false,
  },
  unauthenticated: {
    code: 401,
    summary: "The caller has no identity: the token is missing, wrong or expired.",
    retryable: false,
  },
  permission_denied: {
    code: 403,
    summary: "The caller may not do this.",
    retryable: false,
  },
  method_not_found: {
    code: 404,
    summary: "No handler is registered for this method.",
    retryable: false,
  },
  deadline_exceeded: {
    code: 408,
    summary: "The call's time was up before its result arrived.",
    retryable: false,
  },
  outcome_unknown: {
    code: 409,
    summary: "The call was sent, but it is not known whether it ran.",
    retryable: false,
  },
  payload_too_large: {
    code: 413,
    summary: "The call or its reply is larger than a message may be.",
    retryable: false,
  },
  rate_limited: {
    code: 429,
    summary: "Too many calls: wait before the next one.",
    retryable: true,
  },
  cancelled: {
    code: 499,
    summary: "The caller cancelled the call.",
    retryable: false,
  },
  internal: {
    code: 500,
    summary: "The handler failed: the cause is in the server's log.",
    retryable: false,
  },
  invalid_result: {
    code: 502,
    summary: "The server's result does not match the contract that the client was generated from.",
    retryable: false,
  },
  unavailable: {
    code: 503,
    summary: "The service cannot be reached right now: the call was not run.",
    retryable: true,
  },
} as const satisfies Record<string, ErrorTableRow>;

/** The name of a row of {@link ERROR_TABLE}. */
export type ErrorName = keyof typeof ERROR_TABLE;

/** The code of each row by its name: `ErrorCode.invalid_params` is `400`. */
export const ErrorCode = Object.fromEntries(
  Object.entries(ERROR_TABLE).map(([name, row]) => [name, row.code]),
) as { readonly [Name in ErrorName]: (typeof ERROR_TABLE)[Name]["code"] };

/** Whether a number is in the range that Centrifugo leaves to applications: 400 to 1999. */
export function isErrorCode(code: number): boolean {
  return Number.isInteger(code) && code >= 400 && code <= 1999;
}

/** An error as it is in a reply. */
export interface WireError {
  code: number;
  message: string;
  /** Anything more the caller can use, as JSON: `{ issues }` for invalid params and invalid results. */
  details?: unknown;
}

/** One mismatch between a value and its schema, in `details.issues` of an invalid-params or invalid-result error. */
export interface ValidationIssue {
  /** Keys and indexes from the params or the result down to the wrong value; empty for the whole. */
  path: (string | number)[];
  message: string;
}

/** The most issues that an error carries; its message counts the others. */
export const MAX_ISSUES = 20;

/** Returns the row of a code, or `undefined` for an application's own code. */
export function errorRow(code: number): ErrorTableRow | undefined {
  return Object.values<ErrorTableRow>(ERROR_TABLE).find((row) => row.code === code);
}
