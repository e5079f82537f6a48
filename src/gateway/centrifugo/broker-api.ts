import { z } from "zod";
import { CentrifugoApiError } from "./api-error.js";
import type { BroadcastOutcome, Publisher, PublishOptions } from "./broker-publisher.js";

/** Runs one command of Centrifugo's server API: the embedded broker in process, or HTTP. */
export interface ApiCommands {
  /**
   * @throws CentrifugoApiError, or an Error with Centrifugo's number in `code`.
   */
  api(method: string, params: object): Promise<unknown>;
}

const clientInfo = z.object({
  client: z.string(),
  user: z.string().default(""),
  conn_info: z.unknown().optional(),
  chan_info: z.unknown().optional(),
});

/** A connection, as in presence and publications. */
export type ClientInfo = z.output<typeof clientInfo>;

const presenceResult = z.object({ presence: z.record(z.string(), clientInfo) });

const publication = z.object({
  data: z.unknown(),
  offset: z.int().default(0),
  tags: z.record(z.string(), z.string()).optional(),
  info: clientInfo.optional(),
});

// Centrifugo leaves out what is 0 or empty.
const historyResult = z.object({
  publications: z
    .array(publication)
    .nullish()
    .transform((publications) => publications ?? []),
  offset: z.int().default(0),
  epoch: z.string().default(""),
});

/** What a channel's history holds. */
export type History = z.output<typeof historyResult>;

/** The part of a history to read, as Centrifugo names it. */
export interface HistoryFilter {
  /** The most publications; 0 for the position alone, -1 for all. */
  limit: number;
  /** Only publications after this position, or before it with `reverse`. */
  since?: { offset: number; epoch: string } | undefined;
  /** The newest first. */
  reverse?: boolean | undefined;
}

const broadcastResult = z.object({
  responses: z.array(
    z.object({ error: z.object({ code: z.number(), message: z.string() }).optional() }),
  ),
});

/** The part of Centrifugo's server API that the gateway uses; the embedded broker has it too. */
export interface BrokerApi extends Publisher {
  presence(channel: string): Promise<readonly ClientInfo[]>;
  broadcast(
    channels: readonly string[],
    data: unknown,
    options?: PublishOptions,
  ): Promise<readonly BroadcastOutcome[]>;
  history(channel: string, filter: HistoryFilter): Promise<History>;
  /** Ends the connections of a user, or the one that is named; they do not reconnect. */
  disconnect(user: string, client?: string): Promise<void>;
  /** Resolves when the API answers. */
  ping(): Promise<void>;
}

/**
 * The server API over a function that runs its commands.
 *
 * @example
 * ```ts
 * const broker = await startBroker({ config, backend: gateway });
 * const api = createBrokerApi(broker);
 * ```
 *
 * See https://centrifugal.dev/docs/server/server_api. Every method rejects with a
 * {@link CentrifugoApiError}.
 */
export function createBrokerApi(commands: ApiCommands): BrokerApi {
  async function command<T>(method: string, params: object, schema: z.ZodType<T>): Promise<T> {
    const result = await commands.api(method, params).catch((error: unknown) => {
      throw asApiError(method, error);
    });
    const parsed = schema.safeParse(result);
    if (parsed.success) return parsed.data;
    throw new CentrifugoApiError(`${method}: unexpected response from Centrifugo`);
  }

  return {
    publish: (channel, data, options) =>
      command("publish", { channel, data, ...publishParams(options) }, z.unknown()),

    async broadcast(channels, data, options) {
      const params = { channels, data, ...publishParams(options) };
      const { responses } = await command("broadcast", params, broadcastResult);
      return channels.map((_channel, index) => {
        const error = responses[index]?.error;
        return error ? { error: refusal("broadcast", error) } : {};
      });
    },

    async presence(channel) {
      const { presence } = await command("presence", { channel }, presenceResult);
      return Object.values(presence);
    },

    history: (channel, filter) => command("history", { channel, ...filter }, historyResult),

    async disconnect(user, client) {
      await command("disconnect", { user, client }, z.unknown());
    },

    async ping() {
      await command("info", {}, z.unknown());
    },
  };
}

function publishParams({ idempotencyKey, tags, skipHistory }: PublishOptions = {}): object {
  return { idempotency_key: idempotencyKey, tags, skip_history: skipHistory || undefined };
}

function asApiError(method: string, thrown: unknown): CentrifugoApiError {
  if (thrown instanceof CentrifugoApiError) return thrown;
  const { code } = thrown as { code?: unknown };
  if (thrown instanceof Error && typeof code === "number") {
    return refusal(method, { code, message: thrown.message }, thrown);
  }
  return new CentrifugoApiError(`${method} failed`, { cause: thrown });
}

/** Centrifugo's own error; 100 is the one that may pass. */
export function refusal(
  method: string,
  { code, message }: { code: number; message: string },
  cause?: Error,
): CentrifugoApiError {
  const text = `${method}: ${message} (code ${code})`;
  return new CentrifugoApiError(text, { code, retryable: code === 100, cause });
}
