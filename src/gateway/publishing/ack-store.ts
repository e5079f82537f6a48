/** A client's acknowledgement of a publication. */
export interface Ack {
  /** The client object's own ID; it survives a reconnect. */
  readonly subscriberId: string;
  /** The connection, from Centrifugo. */
  readonly clientId: string;
  /** The user, from Centrifugo. */
  readonly userId: string;
}

/**
 * The publications that wait for acknowledgements. Gateways behind one balancer share a store,
 * because an acknowledgement may reach another gateway than the one that waits for it.
 *
 * A publication stays for a while after the wait, so that late acknowledgements are recognized. Every
 * method rejects when the store cannot be reached.
 */
export interface AckStore {
  /**
   * The ID of the publication that was first announced for the channel with this idempotency key
   * within the last five minutes: `messageId`, if it is the first.
   */
  identify(channel: string, idempotencyKey: string, messageId: string): Promise<string>;
  /**
   * Begins to wait, and returns the acknowledgements so far, which a publication has that is repeated
   * under its idempotency key. The store forgets it after `ttlMs` milliseconds.
   */
  open(messageId: string, channel: string, ttlMs: number): Promise<readonly Ack[]>;
  /** The publication's channel, or `undefined` for an unknown one. */
  channelOf(messageId: string): Promise<string | undefined>;
  /**
   * Keeps an acknowledgement and notifies all gateways. `false` when nobody waits for it, or when this
   * subscriber of the user or this connection acknowledged it before.
   */
  add(messageId: string, ack: Ack): Promise<boolean>;
  /** All acknowledgements so far. */
  list(messageId: string): Promise<readonly Ack[]>;
  /** Ends the wait that {@link open} began. */
  end(messageId: string): Promise<void>;
  /** Calls `listener` with each acknowledgement that counts, from any gateway. */
  onAck(listener: (messageId: string, ack: Ack) => void): void;
  /** Ends the connection to the store. Close the gateway first. */
  close(): Promise<void>;
}

/** For how long Centrifugo remembers an idempotency key, in milliseconds. */
export const IDEMPOTENCY_MS = 300_000;
