import { RPCError } from "../protocol/rpc-error.js";

/** What the SDK writes around the data of an `rpc` command, without the method: id, keys, quotes. */
const COMMAND_BYTES = '{"id":4294967295,"rpc":{"method":,"data":}}'.length;

/**
 * The size of the WebSocket message that carries an `rpc` command, in bytes.
 *
 * @throws RPCError invalid_params for data that JSON cannot express: NaN, infinities, BigInt,
 * cycles. JSON.stringify alone would turn NaN into null without a word.
 */
export function encodedSize(method: string, data: unknown): number {
  return COMMAND_BYTES + byteLength(toJson(method)) + byteLength(toJson(data));
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, (key, part: unknown) => {
      if (typeof part !== "number" || Number.isFinite(part)) return part;
      throw new TypeError(`${key}: ${part} cannot be sent as JSON`);
    });
  } catch (error) {
    throw RPCError.of("invalid_params", (error as Error).message, undefined, { cause: error });
  }
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
