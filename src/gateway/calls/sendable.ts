import { RPCError } from "../../protocol/index.js";
import type { Logger } from "../../handlers/index.js";

/** Centrifugo closes a connection whose queue holds more; the default of `client.queue_max_size`. */
export const MAX_REPLY_BYTES = 1024 * 1024;

/**
 * Refuses a result that cannot be sent. A schema of "anything" lets values pass that JSON does not.
 *
 * @throws RPCError payload_too_large, or internal for what is no JSON.
 */
export function sendableResult(result: unknown, log: Logger): unknown {
  const bytes = jsonBytes(result ?? null);
  if (bytes instanceof Error) {
    log.error({ err: bytes }, "the handler's result is no JSON");
    throw RPCError.of("internal", undefined, undefined, { cause: bytes });
  }
  if (bytes <= MAX_REPLY_BYTES) return result ?? null;
  throw RPCError.of(
    "payload_too_large",
    `the result has ${bytes} bytes, and ${MAX_REPLY_BYTES} are allowed`,
  );
}

/**
 * What of a call's error can be sent: the error itself, else its code and message without the
 * details, else its code. The caller must learn how the call ended, whatever the details are.
 */
export function sendableError(thrown: unknown, log: Logger): RPCError {
  const error = RPCError.from(thrown);
  const bytes = jsonBytes(error.toWire());
  if (typeof bytes === "number" && bytes <= MAX_REPLY_BYTES) return error;
  const reason = bytes instanceof Error ? bytes : new Error(`it has ${bytes} bytes as JSON`);
  log.error({ err: reason, code: error.code }, "the error cannot be sent whole");
  const fits = Buffer.byteLength(error.message) <= MAX_REPLY_BYTES / 2;
  return new RPCError(error.code, fits ? error.message : undefined, undefined, { cause: thrown });
}

/** How long a value is as JSON, or why it is none. */
export function jsonBytes(value: unknown): number | Error {
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text === undefined) return new TypeError(`a ${typeof value} cannot be sent as JSON`);
    return Buffer.byteLength(text);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
