import { RPCError } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";

/** Centrifugo closes a connection whose queue holds more; the default of `client.queue_max_size`. */
export const MAX_REPLY_BYTES = 1024 * 1024;

/**
 * Refuses a result that cannot be sent. A schema that accepts anything lets non-JSON values pass.
 *
 * @throws RPCError payload_too_large, or internal for a result that is not JSON.
 */
export function sendableResult(result: unknown, log: Logger): unknown {
  const bytes = jsonBytes(result ?? null);
  if (bytes instanceof Error) {
    log.error({ err: bytes }, "the handler's result is not JSON");
    throw RPCError.of("internal", undefined, undefined, { cause: bytes });
  }
  if (bytes <= MAX_REPLY_BYTES) return result ?? null;
  throw RPCError.of(
    "payload_too_large",
    `the result has ${bytes} bytes, and ${MAX_REPLY_BYTES} are allowed`,
  );
}

/**
 * The error to send: the error itself, else without details, else its code alone. The caller must
 * learn how the call ended, whatever the details are.
 */
export function sendableError(thrown: unknown, log: Logger): RPCError {
  const error = RPCError.from(thrown);
  const bytes = jsonBytes(error.toWire());
  if (typeof bytes === "number" && bytes <= MAX_REPLY_BYTES) return error;
  const reason = bytes instanceof Error ? bytes : new Error(`it has ${bytes} bytes as JSON`);
  log.error(
    { err: reason, code: error.code },
    "the error is too large or not JSON: its details are dropped",
  );
  const fits = Buffer.byteLength(error.message) <= MAX_REPLY_BYTES / 2;
  return new RPCError(error.code, fits ? error.message : undefined, undefined, { cause: thrown });
}

/** The bytes of a value as JSON, or why it is not JSON. */
export function jsonBytes(value: unknown): number | Error {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return new TypeError(`a ${typeof value} cannot be sent as JSON`);
    return Buffer.byteLength(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
