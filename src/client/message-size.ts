import { RPCError } from "../protocol/rpc-error.js";

/** The bytes of an `rpc` command around its method and data: the longest ID, keys, quotes. */
const COMMAND_BYTES = '{"id":4294967295,"rpc":{"method":,"data":}}'.length;

/**
 * Refuses an `rpc` command whose WebSocket message would be larger than `limit` bytes.
 *
 * @throws RPCError payload_too_large; invalid_params for data that JSON cannot express: NaN,
 * infinities, bigints, cycles.
 */
export function checkSize(method: string, data: unknown, limit: number): void {
  const text = toJson(method) + toJson(data);
  // A UTF-16 unit is at most 3 bytes of UTF-8, so most calls need no counting.
  if (COMMAND_BYTES + 3 * text.length <= limit) return;
  const size = COMMAND_BYTES + new TextEncoder().encode(text).byteLength;
  if (size <= limit) return;
  throw RPCError.of(
    "payload_too_large",
    `the call has ${size} bytes, the limit is ${limit}: the call was not sent`,
  );
}

function toJson(value: unknown): string {
  try {
    const text = JSON.stringify(value);
    // JSON.stringify silently turns NaN into null: if there is a null, look closer.
    return text.includes("null") ? JSON.stringify(value, refuseNaN) : text;
  } catch (error) {
    throw RPCError.of("invalid_params", (error as Error).message, undefined, { cause: error });
  }
}

function refuseNaN(key: string, part: unknown): unknown {
  if (typeof part !== "number" || Number.isFinite(part)) return part;
  throw new TypeError(`${key}: JSON has no ${part}`);
}
