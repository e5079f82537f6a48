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
const position = z
  .object({ offset: unsigned, epoch: text })
  .nullish()
  .transform((value) => value ?? undefined);

const publication = {
  skip_history: flag,
  tags: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? undefined),
  idempotency_key: text,
};
const target = { user: text, client: text };

/** The methods that the gateway and `doctor` use. Centrifugo has more of them. */
export const apiRequests = {
  publish: z.object({ ...publication, channel: text }),
  broadcast: z.object({ ...publication, channels: texts }),
  unsubscribe: z.object({ ...target, channel: text }),
  disconnect: z.object({
    ...target,
    whitelist: texts,
    disconnect: z
      .object({ code: integer, reason: text })
      .nullish()
      .transform((value) => value ?? undefined),
  }),
  presence: z.object({ channel: text }),
  history: z.object({ channel: text, limit: integer, since: position, reverse: flag }),
  info: z.object({}),
} as const;

export type ApiMethod = keyof typeof apiRequests;

/** A request of the API, and its text for the data that is passed on unchanged. */
export interface ApiRequest<Method extends ApiMethod> {
  params: z.output<(typeof apiRequests)[Method]>;
  body: string;
}
