import type { ConnectionError } from "./connection-error.js";

/**
 * A connection to Centrifugo as one user: the part of the client that a test can replace. It opens
 * again by itself after a loss, and subscribes again to what it was subscribed to.
 */
export interface Transport {
  /**
   * Connects and subscribes to the user's own channel. The promise settles with the first attempt.
   *
   * @throws ConnectionError why that failed. The transport may go on trying until {@link close}.
   */
  connect(): Promise<void>;
  /**
   * Sends Centrifugo's `rpc` command and returns the data of its reply.
   *
   * @throws TransportError
   */
  rpc(method: string, data: unknown): Promise<unknown>;
  /**
   * Subscribes to a channel other than the user's own; resolves once the server has accepted.
   *
   * @throws TransportError when the server refuses
   */
  subscribe(channel: string): Promise<void>;
  unsubscribe(channel: string): void;
  /** Closes the connection for good. */
  close(): void;
}

/** What a transport reports to the client. */
export interface TransportEvents {
  /** Commands can be sent: connected, and subscribed to the user's channel. */
  connected(): void;
  /** The replies to calls that were sent are lost, usually with the connection. */
  lost(): void;
  /** The connection is closed for good. */
  closed(error: ConnectionError): void;
  /** Something was published on the user's channel or on one that was subscribed to. */
  publication(channel: string, publication: Publication): void;
  /** The server ended a subscription that it had accepted. */
  unsubscribed(channel: string, error: TransportError): void;
  /** Returns whether calls wait for replies: the transport then checks that the server responds. */
  waiting(): boolean;
}

/** Creates a transport that is not connected yet. */
export type TransportFactory = (target: ConnectionTarget, events: TransportEvents) => Transport;

/** Where and as whom to connect. */
export interface ConnectionTarget {
  readonly url: string;
  readonly token: string;
  readonly userId: string;
  /** Returns a new token when there is none, or when it has expired or is about to. */
  readonly getToken?: () => Promise<string>;
}

/** A publication as it arrived. */
export interface Publication {
  readonly data: unknown;
  readonly tags: Readonly<Record<string, string>>;
}

/**
 * Why a command failed. From 100 on the code is Centrifugo's; below, the server did not answer:
 * {@link NO_ANSWER}, or the connection was lost.
 */
export interface TransportError {
  readonly code: number;
  readonly message: string;
}

/** The {@link TransportError} code of a command without an answer in time. */
export const NO_ANSWER = 1;
