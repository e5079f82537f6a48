import { randomUUID } from "node:crypto";
import type { RawData, WebSocket } from "ws";
import {
  DISCONNECTS,
  Disconnect,
  ERRORS,
  type CommandError,
  type Unsubscribe,
} from "../protocol/codes.js";
import { decodeCommand, splitFrame, type Command } from "../protocol/client-commands.js";
import type { Client } from "../channels/hub.js";
import type { BrokerCore } from "../core.js";
import { FrameWriter } from "./frame-writer.js";
import { Heartbeat } from "./heartbeat.js";
import {
  encodeError,
  encodeReply,
  PING,
  type ClientInfo,
  type StreamPosition,
} from "../protocol/server-messages.js";
import type { RawJson } from "../protocol/raw-json.js";
import { Semaphore } from "./semaphore.js";
import { SubscriptionSet } from "./subscription-set.js";
import { capExpiry, isPast, Timer, unixSeconds } from "../timers.js";

/** How long Centrifugo waits for the client's close frame. */
const CLOSE_WAIT_MS = 5_000;

/** The user of a connection, from its token. */
export interface Identity {
  user: string;
  info: RawJson | undefined;
  meta: RawJson | undefined;
  /** In Unix seconds; 0 for never. */
  expireAt: number;
}

/** One WebSocket and its session of the client protocol. */
export class ClientConnection implements Client {
  readonly id = randomUUID();
  readonly subscriptions: SubscriptionSet;
  readonly heartbeat: Heartbeat;
  /** Limits the commands that run at once; `undefined` when they run one after the other. */
  readonly semaphore: Semaphore | undefined;
  /** Resolves when the socket is closed. */
  readonly closed: Promise<void>;
  #identity: Identity | undefined;
  readonly #writer: FrameWriter;
  readonly #frames: string[] = [];
  #reading = false;
  #state: "open" | "refused" | "closed" = "open";
  #staleTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;

  constructor(
    readonly core: BrokerCore,
    readonly socket: WebSocket,
    /** Runs one command. Rejects with a disconnect if the connection has to be closed. */
    private readonly run: (connection: ClientConnection, command: Command) => Promise<void>,
  ) {
    const { client, websocket } = core.config;
    const onFailure = (disconnect: Disconnect) => this.close(disconnect);
    this.subscriptions = new SubscriptionSet(this, core);
    this.semaphore = client.concurrency > 1 ? new Semaphore(client.concurrency) : undefined;
    this.heartbeat = new Heartbeat({
      interval: client.ping_interval,
      pongTimeout: client.pong_timeout,
      sendPing: () => this.send(PING),
      onFailure,
    });
    this.#writer = new FrameWriter(socket, {
      maxQueueSize: client.queue_max_size,
      writeTimeout: websocket.write_timeout,
      onFailure,
    });
    if (client.stale_close_delay > 0) {
      this.#staleTimer = new Timer(client.stale_close_delay, () => this.close(DISCONNECTS.stale));
    }
    this.closed = new Promise((resolve) => {
      socket.on("close", () => {
        this.close(DISCONNECTS.connectionClosed);
        resolve();
      });
    });
    // An error closes the socket, too.
    socket.on("error", (error) => core.log.debug({ err: error, client: this.id }, "socket error"));
    socket.on("message", (data) => this.#receive(data));
  }

  get authenticated(): boolean {
    return this.#identity !== undefined;
  }

  get isClosed(): boolean {
    return this.#state === "closed";
  }

  get user(): string {
    return this.#identity?.user ?? "";
  }

  get meta(): RawJson | undefined {
    return this.#identity?.meta;
  }

  /** Sets the identity. The connect reply is the next message. */
  authenticate(identity: Identity): void {
    this.#identity = { ...identity, expireAt: capExpiry(identity.expireAt) };
    this.#staleTimer?.stop();
    this.core.hub.add(this);
  }

  /** Starts pings and expiry, after the connect reply. */
  startTimers(): void {
    this.#scheduleExpiry();
    this.heartbeat.start();
  }

  /**
   * @param expireAt The new end of the connection, in Unix seconds; 0 for never.
   * @throws CommandError 110 for an end in the past. As in Centrifugo, `info` and `meta` change.
   */
  refresh(expireAt: number, info: RawJson | undefined, meta: RawJson | undefined): void {
    if (this.#identity === undefined) return;
    this.#identity.info = info ?? this.#identity.info;
    this.#identity.meta = meta ?? this.#identity.meta;
    if (isPast(expireAt)) throw ERRORS.expired;
    this.#identity.expireAt = capExpiry(expireAt);
    this.#scheduleExpiry();
  }

  /** Seconds until the connection expires; `undefined` for never. */
  get ttl(): number | undefined {
    const expireAt = this.#identity?.expireAt ?? 0;
    return expireAt === 0 ? undefined : expireAt - unixSeconds();
  }

  clientInfo(channel: string): ClientInfo {
    return {
      user: this.user,
      client: this.id,
      conn_info: this.#identity?.info,
      chan_info: this.subscriptions.get(channel)?.info,
    };
  }

  reply(id: number, body: object): void {
    this.send(encodeReply(id, body));
  }

  replyError(id: number, error: CommandError): void {
    this.send(encodeError(id, error));
  }

  send(message: string): void {
    if (this.#state !== "closed") this.#writer.write(message);
  }

  deliver(channel: string, position: StreamPosition, push: string): void {
    this.subscriptions.deliver(channel, position, push);
  }

  deliverJoinLeave(channel: string, push: string): void {
    this.subscriptions.deliverJoinLeave(channel, push);
  }

  unsubscribe(channel: string, reason: Unsubscribe): Promise<void> {
    return this.subscriptions.end(channel, reason);
  }

  /**
   * Accepts no more commands, because the connect command failed. The client should close the
   * connection; as in Centrifugo, it is cut later if it does not.
   */
  refuse(): void {
    if (this.#state !== "open") return;
    this.#state = "refused";
    this.#staleTimer?.stop();
    this.#cutLater();
  }

  close(disconnect: Disconnect): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#staleTimer?.stop();
    this.#expiryTimer?.stop();
    this.heartbeat.stop();
    const { code, reason } = disconnect;
    const silent = code === DISCONNECTS.connectionClosed.code;
    if (this.authenticated) this.core.hub.remove(this);
    this.#writer.close(!silent && code !== DISCONNECTS.slow.code);
    this.subscriptions.removeAll();
    if (silent) return this.socket.terminate();
    // Centrifugo does not log a client that went away during a write.
    const level = code === DISCONNECTS.writeError.code ? "debug" : "info";
    this.core.log[level]({ client: this.id, user: this.user, code, reason }, "disconnect");
    this.#closeSocket(code, reason);
  }

  #closeSocket(code: number, reason: string): void {
    try {
      // The socket is paused while a command runs, and the client's close frame has to be read.
      this.socket.resume();
      this.socket.close(code, reason);
      this.#cutLater();
    } catch {
      // A code or a reason that does not fit into a close frame.
      this.socket.terminate();
    }
  }

  #cutLater(): void {
    setTimeout(() => this.socket.terminate(), CLOSE_WAIT_MS).unref();
  }

  #scheduleExpiry(): void {
    this.#expiryTimer?.stop();
    const { ttl } = this;
    if (ttl === undefined) return;
    const delay = ttl * 1000 + this.core.config.client.expired_close_delay;
    this.#expiryTimer = new Timer(delay, () => this.close(DISCONNECTS.connectionExpired));
  }

  #receive(data: RawData): void {
    if (this.#state !== "open") return;
    this.#frames.push(textOf(data));
    if (this.#reading) this.socket.pause();
    else void this.#readFrames();
  }

  /** Handles one frame after the other. The socket is not read meanwhile. */
  async #readFrames(): Promise<void> {
    this.#reading = true;
    for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
      await this.#handleFrame(frame);
    }
    this.#reading = false;
    this.socket.resume();
  }

  async #handleFrame(frame: string): Promise<void> {
    const lines = splitFrame(frame);
    try {
      if (lines.length === 0) throw DISCONNECTS.badRequest;
      for (const line of lines) {
        if (this.#state !== "open") return;
        await this.run(this, decodeCommand(line));
      }
    } catch (error) {
      this.close(error instanceof Disconnect ? error : DISCONNECTS.serverError);
    }
  }
}

/** With the default `binaryType`, ws passes one buffer. */
function textOf(data: RawData): string {
  return (data as Buffer).toString("utf8");
}
