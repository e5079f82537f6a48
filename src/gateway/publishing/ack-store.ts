/** A client's acknowledgement of a publication. */
export interface Ack {
  /** What the client object calls itself; the same after a reconnect. */
  readonly subscriberId: string;
  /** The connection, from Centrifugo. */
  readonly clientId: string;
  /** Who it is, from Centrifugo. */
  readonly userId: string;
}

/**
 * The publications that wait for acknowledgements. Gateways behind one balancer share one: an
 * acknowledgement may reach another gateway than the one that waits for it.
 *
 * A publication stays for a while after nobody waits for it any more, so that late acknowledgements
 * are known as such. Every method rejects when the store cannot be reached.
 */
export interface AckStore {
  /**
   * The ID of the publication that was first announced for the channel with this idempotency key
   * within the last five minutes: `messageId`, if it is the first.
   */
  identify(channel: string, idempotencyKey: string, messageId: string): Promise<string>;
  /**
   * Begins to wait for acknowledgements, and gives those that are there already: of a publication
   * that is repeated under its idempotency key. It is forgotten after `ttlMs` milliseconds.
   */
  open(messageId: string, channel: string, ttlMs: number): Promise<readonly Ack[]>;
  /** The publication's channel, or `undefined` for an unknown one. */
  channelOf(messageId: string): Promise<string | undefined>;
  /**
   * Keeps an acknowledgement, and tells all gateways. `false` when nobody waits for it, or when the
   * same subscriber of this user or the same connection has acknowledged it before.
   */
  add(messageId: string, ack: Ack): Promise<boolean>;
  /** All acknowledgements so far. */
  list(messageId: string): Promise<readonly Ack[]>;
  /** Ends what {@link open} has begun. */
  end(messageId: string): Promise<void>;
  /** Has `listener` called with each acknowledgement that counts, whichever gateway it reached. */
  onAck(listener: (messageId: string, ack: Ack) => void): void;
  /** Ends the connection to the store. Close the gateway first. */
  close(): Promise<void>;
}

/** For how long Centrifugo remembers an idempotency key, in milliseconds. */
export const IDEMPOTENCY_MS = 300_000;
