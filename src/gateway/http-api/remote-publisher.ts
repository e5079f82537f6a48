import type { z } from "zod";
import { ErrorCode, type WireError } from "../../protocol/index.js";
import type {
  AckOptions,
  ChannelResult,
  MessageOptions,
  MessagePublisher,
  PublishResult,
} from "../../handlers/index.js";
import { fetchFailure } from "../http/fetch-failure.js";
import {
  checkChannel,
  checkChannels,
  checkData,
  checkOptions,
  MAX_ACK_TIMEOUT_S,
} from "../publishing/message-checks.js";
import { checkHeaderSecret, checkHttpUrl } from "../http/secret.js";
import { broadcastResult, errorResult, publishResult } from "./api-schemas.js";

/** Where the gateway is, and its key. */
export interface PublisherOptions {
  /** The gateway's URL, usually `http://localhost:8001`: `wrapperUrl` of the configuration. */
  wrapperUrl: string;
  /** `wrapperApiKey` of the configuration. */
  apiKey: string;
  /** `enabled` of the configuration: when it is `false`, nothing is published. Default true. */
  enabled?: boolean;
}

/** How long the gateway may take besides waiting for acknowledgements. */
const PATIENCE_MS = 15_000;

/** Node's `fetch` gives a response up that does not begin within 300 s. */
const LONGEST_WAIT_S = 290;

/**
 * A publisher for any process: it publishes through the HTTP API of a gateway. Waiting ends after
 * 290 s at most.
 *
 * Unlike in the gateway's own process, {@link PublishResult.messageId} is empty when the gateway did
 * not answer.
 *
 * @example
 * ```ts
 * const { wrapperUrl, wrapperApiKey: apiKey } = loadConfig();
 * const publisher = createPublisher({ wrapperUrl, apiKey });
 * await publisher.publish("events:news", { title: "Hello" });
 * ```
 *
 * @throws TypeError for a URL or a key that cannot be one.
 */
export function createPublisher(options: PublisherOptions): MessagePublisher {
  const { wrapperUrl, apiKey, enabled = true } = options;
  if (enabled) {
    checkHeaderSecret("apiKey", apiKey);
    checkHttpUrl("wrapperUrl", wrapperUrl, "http://localhost:8001");
  }

  /** What the gateway answers, or why it does not. */
  async function ask<T>(
    path: string,
    body: object,
    waitS: number,
    schema: z.ZodType<T>,
  ): Promise<T | WireError> {
    if (!enabled) return { code: ErrorCode.unavailable, message: "the integration is disabled" };
    try {
      const response = await fetch(`${wrapperUrl.replace(/\/$/, "")}/api/${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-API-Key": apiKey },
        body: JSON.stringify(body),
        // A redirect must not receive the key.
        redirect: "manual",
        signal: AbortSignal.timeout(waitS * 1000 + PATIENCE_MS),
      });
      return readAnswer(await response.text(), schema);
    } catch (error) {
      return connectionError(error);
    }
  }

  async function send(channel: string, data: unknown, options: AckOptions): Promise<PublishResult> {
    checkOptions(options);
    checkChannel(channel);
    checkData([channel], data);
    const body = { channel, data, ...wireOptions(options) };
    const answer = await ask("publish", body, waitOf(options), publishResult);
    return "code" in answer ? failed(answer) : resultOf(answer);
  }

  return {
    publish: async (channel, data, { idempotencyKey }: MessageOptions = {}) =>
      await send(channel, data, idempotencyKey === undefined ? {} : { idempotencyKey }),

    publishWithAck: async (channel, data, options = {}) =>
      await send(channel, data, { ...options, acks: options.acks ?? 1 }),

    async broadcast(channels, data, options = {}): Promise<ChannelResult[]> {
      checkOptions(options);
      checkChannels(channels);
      checkData(channels, data);
      const body = { channels, data, ...wireOptions(options) };
      const answer = await ask("broadcast", body, waitOf(options), broadcastResult);
      if ("code" in answer) return channels.map((channel) => ({ channel, ...failed(answer) }));
      return answer.results.map((result) => ({ channel: result.channel, ...resultOf(result) }));
    },
  };
}

type WireResult = z.output<typeof publishResult>;

function readAnswer<T>(text: string, schema: z.ZodType<T>): T | WireError {
  const json = parseJson(text);
  const answer = schema.safeParse(json);
  if (answer.success) return answer.data;
  const failure = errorResult.safeParse(json);
  if (failure.success) return failure.data.error;
  const message = "the server there is not a centrifugo-rpc gateway: check wrapperUrl";
  return { code: ErrorCode.unavailable, message };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function connectionError(error: unknown): WireError {
  const { reason, outcomeUnknown } = fetchFailure(error);
  return outcomeUnknown
    ? {
        code: ErrorCode.outcome_unknown,
        message: `the gateway did not answer, it may or may not have been published: ${reason}`,
      }
    : { code: ErrorCode.unavailable, message: `the gateway cannot be reached: ${reason}` };
}

function wireOptions({ acks, timeout, idempotencyKey }: AckOptions): object {
  return {
    wait_for_ack: acks,
    ack_timeout: timeout && Math.min(timeout, LONGEST_WAIT_S),
    idempotency_key: idempotencyKey,
  };
}

/** How long the gateway may wait, in seconds: as long as its own setting says, unless it is told. */
function waitOf({ acks, timeout = MAX_ACK_TIMEOUT_S }: AckOptions): number {
  return acks === undefined ? 0 : timeout;
}

function resultOf(result: WireResult): PublishResult {
  const { error } = result;
  return {
    messageId: result.message_id,
    published: result.published,
    delivered: result.delivered,
    acksReceived: result.acks_received,
    acksExpected: result.acks_expected,
    status: result.status,
    ...(error && { error: { code: error.code, message: error.message } }),
  };
}

function failed(error: WireError): PublishResult {
  return {
    messageId: "",
    published: false,
    delivered: false,
    acksReceived: 0,
    acksExpected: 0,
    status: "failed",
    error,
  };
}
