import { z } from "zod";
import { DISCONNECTS } from "./codes.js";
import { rawAt, type RawJson } from "./raw-json.js";

/*
 * What clients send. As in Centrifugo, an unknown field is ignored, `null` is a missing field, and
 * a field of a wrong type makes the whole frame malformed.
 */

const UINT32_MAX = 2 ** 32 - 1;
const INT32_MAX = 2 ** 31 - 1;

const text = orZero(z.string(), "");
const flag = orZero(z.boolean(), false);
/** Of offsets above 2^53, which no stream reaches, only the size counts. */
const uint64 = orZero(
  z.number().refine((value) => Number.isInteger(value) && value >= 0 && value <= 2 ** 64),
  0,
);
const int32 = orZero(
  z
    .int()
    .min(-INT32_MAX - 1)
    .max(INT32_MAX),
  0,
);

function orZero<T>(schema: z.ZodType<T>, zero: T) {
  return schema.nullish().transform((value) => value ?? zero);
}

function request<Shape extends z.ZodRawShape>(shape: Shape) {
  return z
    .object(shape)
    .nullish()
    .transform((value) => value ?? undefined);
}

const recovery = { recover: flag, epoch: text, offset: uint64 };

const schema = z.object({
  id: orZero(z.int().min(0).max(UINT32_MAX), 0),
  connect: request({
    token: text,
    subs: orZero(z.record(z.string(), z.object(recovery)), {}),
  }),
  subscribe: request({
    ...recovery,
    channel: text,
    token: text,
    positioned: flag,
    recoverable: flag,
    join_leave: flag,
    delta: text,
    tf: z.unknown().optional(),
    flag: orZero(z.int(), 0),
    type: int32,
  }),
  unsubscribe: request({ channel: text }),
  publish: request({ channel: text, type: int32 }),
  presence: request({ channel: text }),
  presence_stats: request({ channel: text }),
  history: request({
    channel: text,
    limit: int32,
    since: request({ offset: uint64, epoch: text }),
    reverse: flag,
  }),
  rpc: request({ method: text, data: z.unknown().optional() }),
  send: request({}),
  refresh: request({ token: text }),
  sub_refresh: request({ channel: text, token: text }),
});

export type Command = z.output<typeof schema> & { readonly line: string };
export type ConnectRequest = NonNullable<Command["connect"]>;
export type SubscribeRequest = NonNullable<Command["subscribe"]>;
export type RecoveryRequest = Pick<SubscribeRequest, "recover" | "epoch" | "offset">;

/**
 * One line of a frame.
 *
 * @throws Disconnect 3501 when it is no command.
 */
export function decodeCommand(line: string): Command {
  try {
    return Object.assign(schema.parse(JSON.parse(line)), { line });
  } catch {
    throw DISCONNECTS.badRequest;
  }
}

/** The lines of a frame; a line feed after the last is allowed. */
export function splitFrame(frame: string): string[] {
  const lines = frame.split("\n");
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** The publish command's data as it was written. */
export function publishedData(command: Command): RawJson | undefined {
  return rawAt(command.line, ["publish", "data"]);
}
