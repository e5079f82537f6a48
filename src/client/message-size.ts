import { RPCError } from "../protocol/rpc-error.js";

/** What the SDK writes around the data of an `rpc` command, without the method: id, keys, quotes. */
const COMMAND_BYTES = '{"id":4294967295,"rpc":{"method":,"data":}}'.length;

/**
 * Refuses an `rpc` command whose WebSocket message would be larger than `limit` bytes.
 *
 * @throws RPCError payload_too_large; invalid_params for data that JSON cannot express: NaN,
 * infinities, BigInt, cycles.
 */
export function checkSize(method: string, data: unknown, limit: number): void {
  const text = toJson(method) + toJson(data);
  // A UTF-16 unit is at most 3 bytes of UTF-8: most calls need not be counted.
  if (COMMAND_BYTES + 3 * text.length <= limit) return;
  const size = COMMAND_BYTES + new TextEncoder().encode(text).byteLength;
  if (size <= limit) return;
  throw RPCError.of(
    "payload_too_large",
    `the call has ${size} bytes, and the server takes ${limit}: nothing was sent`,
  );
}

function toJson(value: unknown): string {
  try {
    const text = JSON.stringify(value);
    // JSON.stringify turns NaN into null without a word: where a null is, look closer.
    return text.includes("null") ? JSON.stringify(value, refuseNaN) : text;
  } catch (error) {
    throw RPCError.of("invalid_params", (error as Error).message, undefined, { cause: error });
  }
}

function refuseNaN(key: string, part: unknown): unknown {
  if (typeof part !== "number" || Number.isFinite(part)) return part;
  throw new TypeError(`${key}: ${part} cannot be sent as JSON`);
}
