/** The call log cannot be used as asked. The message says what to do, and holds no secret. */
export class CallLogError extends Error {
  override readonly name: string = "CallLogError";
}

/** A query is wrong. The message lists every wrong parameter. */
export class CallLogQueryError extends CallLogError {
  override readonly name = "CallLogQueryError";
}
