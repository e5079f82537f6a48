import {
  ERROR_TABLE,
  ErrorCode,
  errorRow,
  isErrorCode,
  type ErrorName,
  type WireError,
} from "./errors.js";

const BRAND = Symbol.for("centrifugo-rpc.RPCError");

/**
 * A call that failed. Handlers throw it to tell the caller why; calls reject with it.
 *
 * @example
 * ```ts
 * throw new RPCError(ErrorCode.permission_denied, "only the owner may close a task");
 * throw new RPCError(1001, "the quota is used up", { limit: 10 });
 * ```
 */
export class RPCError extends Error {
  override readonly name: string = "RPCError";
  /** A code of {@link ERROR_TABLE}, or the application's own from 1000 to 1999. */
  readonly code: number;
  /** Anything more the caller can use, as JSON. */
  readonly details: unknown;
  /** Set by clients: identifies the call in the server's log lines and in the call log. */
  correlationId?: string;

  /**
   * @throws RangeError if `code` is not an integer from 400 to 1999: Centrifugo reserves the others.
   */
  constructor(code: number, message?: string, details?: unknown, options?: ErrorOptions) {
    if (!isErrorCode(code)) {
      throw new RangeError(`RPCError code ${code}: use an integer from 400 to 1999`);
    }
    super(message ?? errorRow(code)?.summary ?? `error ${code}`, options);
    this.code = code;
    this.details = details;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Whether the same call can be sent again and may then succeed. */
  get retryable(): boolean {
    return errorRow(this.code)?.retryable ?? false;
  }

  /** The form that travels in a reply. */
  toWire(): WireError {
    return {
      code: this.code,
      message: this.message,
      ...(this.details === undefined ? {} : { details: this.details }),
    };
  }

  /** Reads the form that travels in a reply; a malformed one becomes an internal error. */
  static fromWire(error: WireError): RPCError {
    const code = isErrorCode(error.code) ? error.code : ErrorCode.internal;
    return new RPCError(code, error.message, error.details);
  }

  /** `error` itself if it is an `RPCError`, else an internal error with it as the cause. */
  static from(error: unknown): RPCError {
    if (error instanceof RPCError) return error;
    return RPCError.of("internal", undefined, undefined, { cause: error });
  }

  /** An error of the table by its name, with the table's sentence unless a message is given. */
  static of(
    name: ErrorName,
    message?: string,
    details?: unknown,
    options?: ErrorOptions,
  ): RPCError {
    const row = ERROR_TABLE[name];
    return new RPCError(row.code, message ?? row.summary, details, options);
  }

  /**
   * `true` for an `RPCError` of any copy of this module: a generated client carries its own. A
   * class that extends it has its own instances only.
   */
  static override [Symbol.hasInstance](value: unknown): boolean {
    if (this !== RPCError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && BRAND in value;
  }
}
