import { ArgumentError, CodedError, type CodedErrorCode } from "../protocol/index.js";

/** The call log cannot be opened, written or read. The message never contains the URL's password. */
export class CallLogError extends CodedError {
  override readonly name = "CallLogError";

  constructor(message: string, code: CodedErrorCode = "CRPC_CALL_LOG_UNAVAILABLE") {
    super(code, message);
  }
}

/** A query is invalid. The message lists every wrong parameter. */
export class CallLogQueryError extends ArgumentError {
  override readonly name = "CallLogQueryError";
}
