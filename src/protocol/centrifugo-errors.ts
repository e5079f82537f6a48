import { errorRow, isErrorCode, type ErrorName } from "./errors.js";
import { RPCError } from "./rpc-error.js";

/**
 * Converts an error that Centrifugo replied to a command with. Codes from 400 come from the gateway
 * and are kept, with their message. For other codes, the message states the meaning and then
 * Centrifugo's message.
 *
 * Centrifugo's codes: https://centrifugal.dev/docs/server/codes#client-error-codes. Centrifugo also
 * replies 100 if the gateway does not answer in time. The call may have run, so the error is
 * `outcome_unknown`, not `unavailable`.
 */
export function errorOfCentrifugo(code: number, message: string): RPCError {
  if (isErrorCode(code)) return new RPCError(code, message);
  const error = RPCError.of(NAMES.get(code) ?? "internal");
  const meaning = code === 100 ? NO_REPLY : errorRow(error.code)?.summary.replace(/\.$/, "");
  return new RPCError(error.code, `${meaning} (Centrifugo: ${code} ${message})`);
}

const NO_REPLY = "The gateway gave no reply: the call may or may not have run";

const NAMES = new Map<number, ErrorName>([
  [100, "outcome_unknown"], // internal server error
  [101, "unauthenticated"], // unauthorized
  [103, "permission_denied"], // permission denied
  [104, "method_not_found"], // method not found
  [107, "invalid_params"], // bad request
  [108, "unavailable"], // not available: no RPC proxy for this method
  [109, "unauthenticated"], // token expired
  [110, "unauthenticated"], // expired
  [111, "rate_limited"], // too many requests
]);
