import { randomBytes } from "node:crypto";
import { createToken } from "../../gateway/index.js";
import {
  HELLO_METHOD,
  PROBE_METHOD,
  PROTOCOL_VERSION,
  REQUESTS_CHANNEL,
  RESERVED_METHOD_PREFIX,
  userChannel,
  type HelloReply,
  withoutTrailingSlash,
} from "../../protocol/index.js";
import type { CentrifugoConfig } from "../../config/index.js";
import { ask, jsonPost, type Answer } from "./http-probe.js";
import { ProbeConnection, type Reply } from "./probe-connection.js";

/** The part of the configuration that locates the servers. */
export type SetupConfig = Pick<
  CentrifugoConfig,
  | "centrifugoUrl"
  | "centrifugoApiUrl"
  | "centrifugoApiKey"
  | "centrifugoTokenHmacSecret"
  | "wrapperUrl"
  | "proxySecret"
  | "handlerServices"
  | "handlerServiceSecret"
>;

/** What to check, and as which user. */
export interface SessionOptions {
  config: SetupConfig;
  /** The user to connect as. Default: a new user, with a token signed for it. */
  user?: { id: string; token: string };
  /** The Redis that gateways share; undefined for a single gateway. */
  redisUrl?: string | undefined;
  /** The origin of a web page that must be allowed. */
  origin?: string;
  /** This machine's clock, in Unix milliseconds. */
  now?: () => number;
}

/** The result of two concurrent calls. */
export interface Overlap {
  /** The reply to a call that the gateway answered at the end of its inline time. */
  slow: Reply;
  /** When it came, in milliseconds after the call. */
  afterMs: number;
  /** Whether a call sent later was answered first. */
  overtaken: boolean;
}

/** A WebSocket, and how Centrifugo answered when the user connected. */
export interface UserConnection {
  connection: ProbeConnection;
  reply: Reply;
}

/** Longer than any sensible proxy timeout: pongs are due every 25 + 8 seconds. */
const SLOW_CALL_PATIENCE_MS = 30_000;

/** The connections and responses that the checks of one run share. */
export class Session {
  readonly config: SetupConfig;
  readonly userId: string;
  readonly origin: string | undefined;
  readonly redisUrl: string | undefined;
  readonly now: () => number;
  readonly #token: string | undefined;
  readonly #connections: ProbeConnection[] = [];
  #info: Promise<Answer> | undefined;
  #health: Promise<Answer> | undefined;
  #main: Promise<UserConnection> | undefined;
  #overlap: Promise<Overlap> | undefined;

  constructor(options: SessionOptions) {
    this.config = options.config;
    // A new user: no existing channel or history is touched.
    this.userId = options.user?.id ?? `doctor-${randomBytes(8).toString("hex")}`;
    this.#token = options.user?.token;
    this.origin = options.origin;
    this.redisUrl = options.redisUrl;
    this.now = options.now ?? Date.now;
  }

  /** The user's own channel. */
  get channel(): string {
    return userChannel(this.userId);
  }

  /** A command of Centrifugo's HTTP API. */
  api(method: string, params: object): Promise<Answer> {
    const { centrifugoApiUrl, centrifugoApiKey } = this.config;
    const url = `${withoutTrailingSlash(centrifugoApiUrl)}/${method}`;
    return ask(url, this.now, jsonPost(params, { "X-API-Key": centrifugoApiKey }));
  }

  /** Centrifugo's `info`; requested once. */
  info(): Promise<Answer> {
    return (this.#info ??= this.api("info", {}));
  }

  /** The gateway's health; requested once. */
  health(): Promise<Answer> {
    return (this.#health ??= ask(this.gatewayUrl("health"), this.now));
  }

  gatewayUrl(path: string): string {
    return `${withoutTrailingSlash(this.config.wrapperUrl)}/${path}`;
  }

  /** Opens a WebSocket without sending a `connect` command. */
  async open(origin?: string): Promise<ProbeConnection> {
    const connection = await ProbeConnection.open(this.config.centrifugoUrl, origin);
    this.#connections.push(connection);
    return connection;
  }

  /** A token for {@link userId}, signed with `secret`. */
  sign(secret: string): Promise<string> {
    return createToken({ secret, userId: this.userId, expiresIn: 300 });
  }

  /** Opens another WebSocket and connects as the user. */
  async openAsUser(): Promise<UserConnection> {
    const token = this.#token ?? (await this.sign(this.config.centrifugoTokenHmacSecret));
    const connection = await this.open();
    return { connection, reply: await connection.call({ connect: { token } }) };
  }

  /** The user's connection that the checks share. */
  main(): Promise<UserConnection> {
    return (this.#main ??= this.openAsUser());
  }

  /** Two concurrent calls, the first as slow as the gateway allows; measured once. */
  overlap(): Promise<Overlap> {
    return (this.#overlap ??= this.#measureOverlap());
  }

  async #measureOverlap(): Promise<Overlap> {
    // Another connection: Centrifugo may not read from it while the slow call runs.
    const { connection } = await this.openAsUser();
    const start = performance.now();
    let slowIsThere = false;
    const data = { $rpc: PROTOCOL_VERSION, wait_ms: SLOW_CALL_PATIENCE_MS };
    const [slow, overtaken] = await Promise.all([
      connection
        .call({ rpc: { method: PROBE_METHOD, data } }, SLOW_CALL_PATIENCE_MS)
        .then((reply) => {
          slowIsThere = true;
          return { reply, afterMs: performance.now() - start };
        }),
      connection.call(helloCommand(), SLOW_CALL_PATIENCE_MS).then(() => !slowIsThere),
    ]);
    return { slow: slow.reply, afterMs: slow.afterMs, overtaken };
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }
}

/** A `$rpc.hello` command; the gateway ignores unknown fields of `data`. */
export function helloCommand(data: object = {}): object {
  return { rpc: { method: HELLO_METHOD, data: { $rpc: PROTOCOL_VERSION, ...data } } };
}

/** A command that publishes a call of an unknown method; its reply, an error, comes on the user channel. */
export function publishedCall(correlationId: string): object {
  const data = { method: `${RESERVED_METHOD_PREFIX}doctor`, correlation_id: correlationId };
  return { publish: { channel: REQUESTS_CHANNEL, data } };
}

/** Reads the reply to `$rpc.hello`; `undefined` for anything else. */
export function readHello(data: unknown): HelloReply | undefined {
  const hello = data as Partial<HelloReply> | null | undefined;
  return Array.isArray(hello?.versions) ? (hello as HelloReply) : undefined;
}
