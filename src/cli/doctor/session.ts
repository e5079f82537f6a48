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
import { ask, jsonPost, type Answer } from "./http.js";
import { ProbeConnection, type Reply } from "./probe-connection.js";

/** The part of our configuration that says where everything is. */
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

/** What is checked, and as whom. */
export interface SessionOptions {
  config: SetupConfig;
  /** Connect with this user's token. Default: one is signed for a user of the check's own. */
  user?: { id: string; token: string };
  /** A page's origin that has to be allowed. */
  origin?: string;
  /** Our clock. */
  now?: () => number;
}

/** What two calls at the same time showed. */
export interface Overlap {
  /** The reply to a call that the gateway answered at the end of its inline time. */
  slow: Reply;
  /** After how many milliseconds it came. */
  afterMs: number;
  /** Whether a call that was sent later was answered earlier. */
  overtaken: boolean;
}

/** A WebSocket, and how Centrifugo answered when the user connected. */
export interface UserConnection {
  connection: ProbeConnection;
  reply: Reply;
}

/** Longer than any proxy timeout that is of use: pongs are due every 25 + 8 seconds. */
const SLOW_CALL_PATIENCE_MS = 30_000;

/** What the checks of one run share. */
export class Session {
  readonly config: SetupConfig;
  readonly userId: string;
  readonly origin: string | undefined;
  readonly now: () => number;
  readonly #token: string | undefined;
  readonly #connections: ProbeConnection[] = [];
  #info: Promise<Answer> | undefined;
  #health: Promise<Answer> | undefined;
  #main: Promise<UserConnection> | undefined;
  #overlap: Promise<Overlap> | undefined;

  constructor(options: SessionOptions) {
    this.config = options.config;
    // No other user's channel and history are touched.
    this.userId = options.user?.id ?? `doctor-${randomBytes(8).toString("hex")}`;
    this.#token = options.user?.token;
    this.origin = options.origin;
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

  /** What Centrifugo's HTTP API says of its nodes; asked once. */
  info(): Promise<Answer> {
    return (this.#info ??= this.api("info", {}));
  }

  /** The gateway's health; asked once. */
  health(): Promise<Answer> {
    return (this.#health ??= ask(this.gatewayUrl("health"), this.now));
  }

  gatewayUrl(path: string): string {
    return `${withoutTrailingSlash(this.config.wrapperUrl)}/${path}`;
  }

  /** Opens a WebSocket, without saying who connects. */
  async open(origin?: string): Promise<ProbeConnection> {
    const connection = await ProbeConnection.open(this.config.centrifugoUrl, origin);
    this.#connections.push(connection);
    return connection;
  }

  /** A token for {@link userId}, signed with `secret`. */
  sign(secret: string): Promise<string> {
    return createToken({ secret, userId: this.userId, expiresIn: 300 });
  }

  /** Opens a WebSocket of its own and connects as the user. */
  async openAsUser(): Promise<UserConnection> {
    const token = this.#token ?? (await this.sign(this.config.centrifugoTokenHmacSecret));
    const connection = await this.open();
    return { connection, reply: await connection.call({ connect: { token } }) };
  }

  /** The user's connection that the checks share. */
  main(): Promise<UserConnection> {
    return (this.#main ??= this.openAsUser());
  }

  /** Two calls at the same time, the first as slow as the gateway lets a call be; measured once. */
  overlap(): Promise<Overlap> {
    return (this.#overlap ??= this.#measureOverlap());
  }

  async #measureOverlap(): Promise<Overlap> {
    // Of its own: while the slow call runs, Centrifugo may not read from its connection.
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

/** The command that greets the gateway; further fields of its data are ignored there. */
export function helloCommand(data: object = {}): object {
  return { rpc: { method: HELLO_METHOD, data: { $rpc: PROTOCOL_VERSION, ...data } } };
}

/**
 * The command that publishes a call, of a method that nobody has: its reply is an error, and comes
 * on the user's channel.
 */
export function publishedCall(correlationId: string): object {
  const data = { method: `${RESERVED_METHOD_PREFIX}doctor`, correlation_id: correlationId };
  return { publish: { channel: REQUESTS_CHANNEL, data } };
}

/** The gateway's answer to the greeting, if this is one. */
export function readHello(data: unknown): HelloReply | undefined {
  const hello = data as Partial<HelloReply> | null | undefined;
  return Array.isArray(hello?.versions) ? (hello as HelloReply) : undefined;
}
