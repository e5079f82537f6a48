import { errorRow, isErrorCode, type ErrorName } from "./errors.js";
import { RPCError } from "./rpc-error.js";

/**
 * The error of ours for one that Centrifugo itself answered a command with. Codes from 400 come from
 * the gateway and stay as they are, with their message; of any other the message says first what it
 * means here, then what Centrifugo said.
 *
 * Centrifugo's codes: https://centrifugal.dev/docs/server/codes#client-error-codes. 100 is also
 * what it answers when the gateway did not reply in time, and a call that reached the gateway may
 * have run: hence `outcome_unknown` and not `unavailable`.
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
