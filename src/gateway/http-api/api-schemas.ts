import { z } from "zod";
import { isUserId } from "../../protocol/index.js";
import {
  isChannelName,
  MAX_ACK_TIMEOUT_S,
  MAX_ACKS,
  MAX_CHANNELS,
  MAX_KEY_LENGTH,
} from "../publishing/message-checks.js";

/*
 * What goes into the HTTP API and what comes out: checked at run time, and the source of its
 * OpenAPI document.
 */

/** A day less than a year: Centrifugo takes no longer time. */
const MAX_TOKEN_SECONDS = 364 * 24 * 3600;

const channel = z
  .string()
  .min(1, "must not be empty")
  .max(255, "must have 255 characters at most")
  .refine(isChannelName, "must not have control characters")
  .describe("The channel's name, as in `events:news` or `user#42`.");

const user = z
  .string()
  .min(1, "must not be empty")
  .refine(isUserId, 'must have 1 to 200 printable ASCII characters without "#", "," and ":"')
  .describe("The user's ID.");

const publication = {
  data: z
    .unknown()
    .refine((data) => data !== undefined, "is missing")
    .describe("What is published: any JSON of 1 MiB at most."),
  wait_for_ack: z
    .union(
      [z.boolean(), z.int().min(1).max(MAX_ACKS), z.literal("all")],
      `must be true, false, a whole number from 1 to ${MAX_ACKS}, or "all"`,
    )
    .default(false)
    .describe(
      "How many clients have to acknowledge it before the answer comes: `true` for one, a number, " +
        'or `"all"` who are subscribed when it is published.',
    ),
  ack_timeout: z
    .number("must be a number of seconds")
    .positive("must be more than 0")
    .max(MAX_ACK_TIMEOUT_S, `must be at most ${MAX_ACK_TIMEOUT_S} seconds`)
    .optional()
    .describe("How long to wait for them, in seconds. Default: the gateway's `ack_timeout`."),
  idempotency_key: z
    .string()
    .min(1, "must not be empty")
    .max(MAX_KEY_LENGTH, `must have ${MAX_KEY_LENGTH} characters at most`)
    .optional()
    .describe(
      "Within five minutes only the first publication with this key reaches the channel, so that a " +
        "request whose answer was lost can be repeated.",
    ),
};

export const publishBody = z.strictObject({ channel, ...publication });

export const broadcastBody = z.strictObject({
  channels: z
    .array(channel)
    .min(1, "give one channel at least")
    .max(MAX_CHANNELS, `give ${MAX_CHANNELS} channels at most`),
  ...publication,
});

export const presenceBody = z.strictObject({ channel });

export const historyBody = z.strictObject({
  channel,
  limit: z
    .int("must be a whole number")
    .min(-1, "must be -1 or more")
    .default(0)
    .describe("The most publications; 0 for the position alone, -1 for all."),
  since: z
    .strictObject({ offset: z.int().min(0), epoch: z.string() })
    .optional()
    .describe("Only what came after this position, or before it with `reverse`."),
  reverse: z.boolean().optional().describe("The newest first."),
});

export const disconnectBody = z.strictObject({
  user: z.string().min(1, "must not be empty").describe("The user's ID."),
  client: z
    .string()
    .min(1, "must not be empty")
    .optional()
    .describe("The ID of the one connection to end. Default: all of the user."),
});

export const tokenBody = z.strictObject({
  user,
  expires_in: z
    .int("must be whole seconds")
    .min(1, "must be 1 second or more")
    .max(MAX_TOKEN_SECONDS, "must be less than a year")
    .default(3600)
    .describe("How long the token is valid, in seconds."),
  meta: z
    .record(z.string(), z.unknown(), "must be an object")
    .optional()
    .describe("What handlers see as `conn.meta`, and the user can read but not change."),
  channels: z
    .array(channel)
    .max(128, "give 128 channels at most")
    .optional()
    .describe("Channels to which Centrifugo subscribes the connection by itself."),
});

const issue = z.object({
  path: z.array(z.union([z.string(), z.int()])),
  message: z.string(),
});

const wireError = z.object({
  code: z.int().describe("A code of docs/errors.md."),
  message: z.string(),
  details: z.object({ issues: z.array(issue) }).optional(),
});

/** Of a publication that failed it has the fields of its result as well. */
export const errorResult = z.looseObject({ error: wireError });

const outcome = {
  message_id: z.string().describe("Identifies the publication in the logs and for clients."),
  published: z.boolean().describe("Whether Centrifugo has confirmed that it took the publication."),
  delivered: z.boolean().describe("Whether at least one client has acknowledged it."),
  acks_received: z.int(),
  acks_expected: z.int().describe("How many were waited for; 0 when none were."),
  status: z
    .enum(["success", "partial", "timeout", "failed"])
    .describe(
      "`success`: published, and acknowledged as often as asked for; `partial`: not often enough in " +
        "time; `timeout`: not at all in time; `failed`: not published.",
    ),
  error: wireError.optional().describe("Why it failed, or why waiting ended early."),
};

export const publishResult = z.object(outcome);

export const broadcastResult = z.object({
  results: z.array(z.object({ channel: z.string(), ...outcome })),
});

const clientInfo = z.object({
  client: z.string(),
  user: z.string(),
  conn_info: z.unknown().optional(),
  chan_info: z.unknown().optional(),
});

export const presenceResult = z.object({
  presence: z.record(z.string(), clientInfo).describe("By the IDs of the connections."),
});

export const historyResult = z.object({
  publications: z.array(
    z.object({
      data: z.unknown(),
      offset: z.int(),
      tags: z.record(z.string(), z.string()).optional(),
      info: clientInfo.optional().describe("Who published it, when that was a client."),
    }),
  ),
  offset: z.int(),
  epoch: z.string(),
});

export const disconnectResult = z.object({});

export const tokenResult = z.object({
  token: z.string(),
  expires_at: z.iso.datetime().describe("When it expires, in UTC."),
});

export const healthResult = z.object({ status: z.enum(["ok", "stopping"]) });

export const readyResult = z.object({
  status: z.enum(["ready", "not_ready"]),
  checks: z.object({
    gateway: z.enum(["ok", "stopping"]),
    broker: z.enum(["ok", "unreachable"]),
    call_log: z
      .enum(["ok", "failing", "unusable", "closed"])
      .optional()
      .describe("With `unusable`, the gateway is not ready. Else for information."),
    handler_services: z
      .enum(["ok", "down"])
      .optional()
      .describe("`down` when any of them is. For information: calls of the others' methods go on."),
  }),
});

export const contractResult = z.looseObject({
  methods: z.array(z.looseObject({ name: z.string() })),
});

const row = z.looseObject({
  key: z.string(),
  id: z.string().describe("A correlation ID or a message ID."),
  kind: z.enum(["call", "publish"]),
  target: z.string().describe("The method or the channel."),
  user_id: z.string().nullable(),
  status: z.enum(["pending", "success", "failed", "timeout", "cancelled", "partial"]),
  error_code: z.int().nullable(),
  duration_ms: z.number().nullable(),
  created_at: z.iso.datetime(),
  finished_at: z.iso.datetime().nullable(),
});

export const logsResult = z.object({
  rows: z.array(row).describe("The newest first; docs/call-log.md describes them."),
  next: z.string().optional().describe("The `cursor` of the next page. Not there on the last one."),
});
