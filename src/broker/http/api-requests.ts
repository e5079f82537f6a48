import { z } from "zod";

/*
 * The bodies of the server API: https://centrifugal.dev/docs/server/server_api. As in Centrifugo,
 * an unknown field is ignored and `null` is a missing field.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const integer = z
  .int()
  .nullish()
  .transform((value) => value ?? 0);
const unsigned = z
  .int()
  .min(0)
  .nullish()
  .transform((value) => value ?? 0);
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const flagOverride = z
  .object({ value: flag })
  .nullish()
  .transform((value) => value?.value);
const position = z
  .object({ offset: unsigned, epoch: text })
  .nullish()
  .transform((value) => value ?? undefined);

const publication = {
  b64data: text,
  skip_history: flag,
  tags: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? undefined),
  idempotency_key: text,
  version: unsigned,
  version_epoch: text,
};
const target = { user: text, client: text, session: text };

export const apiRequests = {
  publish: z.object({ ...publication, channel: text }),
  broadcast: z.object({ ...publication, channels: texts }),
  subscribe: z.object({
    ...target,
    channel: text,
    b64info: text,
    b64data: text,
    expire_at: integer,
    recover_since: position,
    override: z
      .object({
        presence: flagOverride,
        join_leave: flagOverride,
        force_push_join_leave: flagOverride,
        force_recovery: flagOverride,
        force_positioning: flagOverride,
      })
      .nullish()
      .transform((value) => value ?? undefined),
  }),
  unsubscribe: z.object({ ...target, channel: text }),
  disconnect: z.object({
    ...target,
    whitelist: texts,
    disconnect: z
      .object({ code: integer, reason: text })
      .nullish()
      .transform((value) => value ?? undefined),
  }),
  refresh: z.object({ ...target, expired: flag, expire_at: integer }),
  presence: z.object({ channel: text }),
  presence_stats: z.object({ channel: text }),
  history: z.object({ channel: text, limit: integer, since: position, reverse: flag }),
  history_remove: z.object({ channel: text }),
  info: z.object({}),
  rpc: z.object({ method: text }),
  channels: z.object({ pattern: text }),
} as const;

/** A method of the API besides `batch`. */
export type ApiMethod = keyof typeof apiRequests;

/** A request of the API and where its text is, for the parts that are passed on as they are. */
export interface ApiRequest<Method extends ApiMethod> {
  params: z.output<(typeof apiRequests)[Method]>;
  /** The whole body. */
  body: string;
  /** The path to the request in the body. */
  path: readonly (string | number)[];
}

export const batchRequest = z.object({
  commands: z
    .array(z.record(z.string(), z.unknown()).nullable())
    .nullish()
    .transform((value) => value ?? []),
});
