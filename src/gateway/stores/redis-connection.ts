import type { createClient } from "@redis/client";
import { silentLogger, type Logger } from "../../handlers/index.js";
import { ArgumentError, CodedError, within } from "../../protocol/index.js";
import { answerInTime } from "./store-answer.js";

/** A store that gateways share could not be opened. The message says what to do. */
export class StoreError extends CodedError {
  override readonly name = "StoreError";

  constructor(message: string, options?: ErrorOptions) {
    super("CRPC_STORE_UNAVAILABLE", message, options);
  }
}

/** The Redis that gateways share. */
export interface RedisOptions {
  /** As in `redis://:password@localhost:6379/0`, or `rediss://` for TLS. */
  url: string;
  /** The prefix of keys and Pub/Sub channels. Default `centrifugo-rpc:`. */
  prefix?: string;
  /** Logs lost connections. Default: no log. */
  log?: Logger;
}

type RedisClient = ReturnType<typeof createClient>;

/** A connection for commands, and one that hears what is published. */
export interface RedisConnection {
  readonly commands: RedisClient;
  readonly prefix: string;
  /** Calls `listener` with each message on the channel of {@link connectRedis}. */
  onMessage(listener: (message: string) => void): void;
  close(): Promise<void>;
}

const LONGEST_RECONNECT_PAUSE_MS = 2000;

/** How long a Redis may take until it can be used. */
const CONNECT_TIMEOUT_MS = 5000;

/** How many commands may wait for a Redis that does not answer. */
const MAX_WAITING_COMMANDS = 10_000;

/**
 * Connects to a Redis, with the package `@redis/client`. Commands fail immediately while it is
 * away; the connection reconnects by itself.
 *
 * @param channel The Pub/Sub channel to subscribe to, without the prefix.
 * @param probe Runs commands that an older Redis or a restricted user may lack.
 * @throws ArgumentError for an invalid Redis URL.
 * @throws StoreError when Redis cannot be reached or used, or the package is missing.
 */
export async function connectRedis(
  options: RedisOptions,
  channel: string,
  probe: (commands: RedisClient, prefix: string) => Promise<unknown>,
): Promise<RedisConnection> {
  const { url, prefix = "centrifugo-rpc:", log = silentLogger } = options;
  const { host } = readUrl(url);
  const { createClient } = await loadPackage();

  let connected = false;
  const commands: RedisClient = createClient({
    url,
    // A call must not wait for Redis to come back.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING_COMMANDS,
    socket: {
      reconnectStrategy: (retries, cause) =>
        connected ? Math.min(50 * 2 ** retries, LONGEST_RECONNECT_PAUSE_MS) : cause,
    },
  });
  const subscriber = commands.duplicate();
  for (const client of [commands, subscriber]) {
    client.on("error", (error: unknown) => log.warn({ err: error, host }, "Redis connection"));
  }

  const listeners = new Set<(message: string) => void>();
  const use = async (): Promise<void> => {
    await Promise.all([commands.connect(), subscriber.connect()]);
    await probe(commands, prefix);
    await subscriber.subscribe(`${prefix}${channel}`, (message) => {
      for (const listener of listeners) listener(message);
    });
  };
  try {
    await within(CONNECT_TIMEOUT_MS, use(), () => {
      throw new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`);
    });
  } catch (error) {
    for (const client of [commands, subscriber]) if (client.isOpen) client.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreError(
      `Redis at ${host} cannot be used (${reason}): check that it runs, that it is 6.2 or newer, ` +
        `and that the URL's password and user may use keys and channels that start with "${prefix}"`,
      { cause: error },
    );
  }
  connected = true;
  return {
    commands,
    prefix,
    onMessage: (listener) => void listeners.add(listener),
    async close() {
      const close = (client: RedisClient) =>
        answerInTime(client.close()).catch(() => client.destroy());
      await Promise.all([commands, subscriber].map(close));
    },
  };
}

/** What a Redis server reports about itself. */
export interface RedisServer {
  /** Another one after each start of the server; undefined if the server does not report it. */
  readonly runId: string | undefined;
  /** The policy with which it removes keys when its memory is full; undefined if it keeps them. */
  readonly evictionPolicy: string | undefined;
}

/** See https://redis.io/docs/latest/commands/info/. */
export async function readServer(commands: RedisClient): Promise<RedisServer> {
  const info = `${await commands.info("server")}\n${await commands.info("memory")}`;
  const field = (name: string) => new RegExp(`^${name}:(\\S+)`, "m").exec(info)?.[1];
  const policy = field("maxmemory_policy") ?? "noeviction";
  const evicts = Number(field("maxmemory") ?? 0) > 0 && policy !== "noeviction";
  return { runId: field("run_id"), evictionPolicy: evicts ? policy : undefined };
}

/**
 * Connects to a Redis as a gateway does, and reads what it reports.
 *
 * @throws ArgumentError for an invalid Redis URL.
 * @throws StoreError when Redis cannot be reached or used, or the package is missing.
 */
export async function checkRedis(options: RedisOptions): Promise<RedisServer> {
  const redis = await connectRedis(options, "cancel", (commands, prefix) =>
    commands.getDel(`${prefix}probe`),
  );
  try {
    return await readServer(redis.commands);
  } finally {
    await redis.close();
  }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ["redis:", "rediss:"].includes(url.protocol) && url.host !== "") return url;
  // The message leaves out the value, which may hold a password.
  throw new ArgumentError(
    "the Redis URL must be of the form redis://host:6379 or rediss://host:6379",
  );
}

/** Loaded on demand: a single gateway works without it. */
async function loadPackage() {
  try {
    return await import("@redis/client");
  } catch (error) {
    const message = "the package @redis/client is missing: run `npm install @redis/client`";
    throw new StoreError(message, { cause: error });
  }
}
