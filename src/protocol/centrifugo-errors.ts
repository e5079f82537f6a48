import { ErrorCode, isErrorCode } from "./errors.js";

/**
 * Our code for an error that Centrifugo itself answered a call with. Codes from 400 come from the
 * gateway and stay as they are.
 *
 * Centrifugo's codes: https://centrifugal.dev/docs/server/codes#client-error-codes. 100 is also
 * what it answers when the gateway did not reply in time, and a call that reached the gateway may
 * have run: hence `outcome_unknown` and not `unavailable`.
 */
export function codeOfCentrifugoError(code: number): number {
  if (isErrorCode(code)) return code;
  return CENTRIFUGO_CODES.get(code) ?? ErrorCode.internal;
}

const CENTRIFUGO_CODES = new Map<number, number>([
  [100, ErrorCode.outcome_unknown], // internal server error
  [101, ErrorCode.unauthenticated], // unauthorized
  [103, ErrorCode.permission_denied], // permission denied
  [104, ErrorCode.method_not_found], // method not found
  [107, ErrorCode.invalid_params], // bad request
  [108, ErrorCode.unavailable], // not available: no RPC proxy for this method
  [109, ErrorCode.unauthenticated], // token expired
  [110, ErrorCode.unauthenticated], // expired
  [111, ErrorCode.rate_limited], // too many requests
]);
