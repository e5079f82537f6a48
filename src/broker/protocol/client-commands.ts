import { DISCONNECTS } from "./codes.js";
import {
  flag,
  int32,
  int64,
  json,
  list,
  map,
  optional,
  raw,
  readFirst,
  struct,
  text,
  uint32,
  uint64,
  type Field,
  type Value,
} from "./go-json.js";

/*
 * Commands of clients:
 * https://github.com/centrifugal/protocol/blob/master/definitions/client.proto.
 * Fields that the broker does not use are here because a wrong type in them is an error.
 */

/** A filter of publications by tags, which no channel of the broker allows. */
const filterNode: Field<object> = struct({
  op: text,
  key: text,
  cmp: text,
  val: text,
  vals: list(text),
  nodes: list({
    zero: undefined,
    read: (input, before: object | undefined): object | undefined =>
      optional(filterNode).read(input, before),
  }),
});

const subscribe = struct({
  channel: text,
  token: text,
  recover: flag,
  epoch: text,
  offset: uint64,
  data: json,
  positioned: flag,
  recoverable: flag,
  join_leave: flag,
  delta: text,
  tf: optional(filterNode),
  flag: int64,
  type: int32,
  phase: int32,
  cursor: text,
  limit: int32,
  asc: flag,
});

const keyedItem = struct({ key: text, version: uint64 });
const track = struct({ signature: text, items: list(keyedItem) });
const channelOnly = struct({ channel: text });

const command = struct({
  id: uint32,
  connect: optional(
    struct({
      token: text,
      data: json,
      subs: map(subscribe),
      name: text,
      version: text,
      headers: map(text),
      flag: int64,
      profile: text,
      dict: text,
    }),
  ),
  subscribe: optional(subscribe),
  unsubscribe: optional(channelOnly),
  publish: optional(struct({ channel: text, data: raw, type: int32, key: text, removed: flag })),
  presence: optional(channelOnly),
  presence_stats: optional(channelOnly),
  history: optional(
    struct({
      channel: text,
      limit: int32,
      since: optional(struct({ offset: uint64, epoch: text })),
      reverse: flag,
    }),
  ),
  ping: optional(struct({})),
  send: optional(struct({ data: json })),
  rpc: optional(struct({ data: json, method: text })),
  refresh: optional(struct({ token: text })),
  sub_refresh: optional(
    struct({ channel: text, token: text, type: int32, track: list(track), untrack: list(text) }),
  ),
});

export type Command = Value<typeof command>;
export type ConnectRequest = NonNullable<Command["connect"]>;
export type SubscribeRequest = NonNullable<Command["subscribe"]>;
export type RecoveryRequest = Pick<SubscribeRequest, "recover" | "epoch" | "offset">;

/**
 * One line of a frame. As in Centrifugo, only the first JSON value of a line counts.
 *
 * @throws Disconnect 3501 when it is not a command.
 */
export function decodeCommand(line: string): Command {
  try {
    return readFirst(command, line);
  } catch {
    throw DISCONNECTS.badRequest;
  }
}

/** The lines of a frame; a line feed after the last is allowed. */
export function splitFrame(frame: string): string[] {
  const lines = frame.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}
