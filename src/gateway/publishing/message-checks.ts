import { ErrorCode, isEnvelope, REQUESTS_CHANNEL, userChannel } from "../../protocol/index.js";
import type { AckOptions } from "../../handlers/index.js";
import { jsonBytes, MAX_REPLY_BYTES } from "../calls/sendable.js";

/** The longest time to wait for acknowledgements, in seconds. */
export const MAX_ACK_TIMEOUT_S = 300;

/** The most acknowledgements that can be waited for. */
export const MAX_ACKS = 10_000;

/** The most channels of one broadcast. */
export const MAX_CHANNELS = 1000;

/** The longest idempotency key, in characters. */
export const MAX_KEY_LENGTH = 256;

/** Wrong arguments of a publication. */
export class MessageArgumentError extends TypeError {
  override readonly name = "MessageArgumentError";

  constructor(
    message: string,
    /** The code of the error table: 400, or 413 for too much data. */
    readonly code: number = ErrorCode.invalid_params,
  ) {
    super(message);
  }
}

/** Whether a string can be a channel name. Centrifugo decides whether the channel exists. */
export function isChannelName(channel: string): boolean {
  return /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(channel);
}

/** @throws MessageArgumentError for a channel that nobody can publish to. */
export function checkChannel(channel: string): void {
  if (!isChannelName(channel)) {
    throw new MessageArgumentError(
      `channel ${JSON.stringify(channel)}: use 1 to 255 characters without control characters`,
    );
  }
  if (channel !== REQUESTS_CHANNEL) return;
  throw new MessageArgumentError(`channel "${channel}" is reserved for the calls of clients`);
}

/** @throws MessageArgumentError */
export function checkChannels(channels: readonly string[]): void {
  if (channels.length === 0 || channels.length > MAX_CHANNELS) {
    throw new MessageArgumentError(`give 1 to ${MAX_CHANNELS} channels`);
  }
  for (const channel of channels) checkChannel(channel);
}

/**
 * @throws MessageArgumentError for data that is not JSON, is too large, or looks like a reply.
 */
export function checkData(channels: readonly string[], data: unknown): void {
  const bytes = jsonBytes(data);
  if (bytes instanceof Error) throw new MessageArgumentError(`the data: ${bytes.message}`);
  if (bytes > MAX_REPLY_BYTES) {
    throw new MessageArgumentError(
      `the data has ${bytes} bytes as JSON, and ${MAX_REPLY_BYTES} are allowed`,
      ErrorCode.payload_too_large,
    );
  }
  if (isEnvelope(data) && channels.some((channel) => channel.startsWith(userChannel("")))) {
    throw new MessageArgumentError(
      'the data: a key "$rpc" belongs to the protocol on the channel of a user',
    );
  }
}

/** @throws MessageArgumentError */
export function checkOptions({ acks, timeout, idempotencyKey }: AckOptions): void {
  if (acks !== undefined && acks !== "all" && !isCount(acks)) {
    throw new MessageArgumentError(`acks must be "all" or a whole number from 1 to ${MAX_ACKS}`);
  }
  if (timeout !== undefined && !(timeout > 0 && timeout <= MAX_ACK_TIMEOUT_S)) {
    throw new MessageArgumentError(
      `timeout must be more than 0 and at most ${MAX_ACK_TIMEOUT_S} seconds`,
    );
  }
  if (idempotencyKey === "" || (idempotencyKey?.length ?? 0) > MAX_KEY_LENGTH) {
    throw new MessageArgumentError(`idempotencyKey must have 1 to ${MAX_KEY_LENGTH} characters`);
  }
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= MAX_ACKS;
}
