import {
  flag,
  int32,
  list,
  map,
  optional,
  raw,
  struct,
  text,
  uint32,
  uint64,
  type Value,
} from "../protocol/go-json.js";

/** Bodies of the server API: https://centrifugal.dev/docs/server/server_api */
const publication = {
  data: raw,
  b64data: text,
  skip_history: flag,
  tags: map(text),
  idempotency_key: text,
  delta: flag,
  version: uint64,
  version_epoch: text,
};
const target = { user: text, client: text, session: text };

/** The methods that the gateway and `doctor` use. Centrifugo has more of them. */
export const apiRequests = {
  publish: struct({ ...publication, channel: text }),
  broadcast: struct({ ...publication, channels: list(text) }),
  unsubscribe: struct({ ...target, channel: text }),
  disconnect: struct({
    ...target,
    whitelist: list(text),
    disconnect: optional(struct({ code: uint32, reason: text })),
  }),
  presence: struct({ channel: text }),
  history: struct({
    channel: text,
    limit: int32,
    since: optional(struct({ offset: uint64, epoch: text })),
    reverse: flag,
  }),
  info: struct({}),
} as const;

export type ApiMethod = keyof typeof apiRequests;
export type ApiRequest<Method extends ApiMethod> = Value<(typeof apiRequests)[Method]>;
