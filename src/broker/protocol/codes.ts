/** An error reply to one client command; the connection stays open. */
export class CommandError extends Error {
  constructor(
    readonly code: number,
    message: string,
    /** Whether the same command can succeed later. */
    readonly temporary = false,
  ) {
    super(message);
  }
}

/** Ends a connection. `code` and `reason` are sent in the WebSocket close frame. */
export class Disconnect extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
  ) {
    super(`disconnect ${code}: ${reason}`);
  }
}

/** Centrifugo's client errors: https://centrifugal.dev/docs/server/codes#client-error-codes */
export const ERRORS = {
  internal: new CommandError(100, "internal server error", true),
  unknownChannel: new CommandError(102, "unknown channel"),
  permissionDenied: new CommandError(103, "permission denied"),
  methodNotFound: new CommandError(104, "method not found"),
  alreadySubscribed: new CommandError(105, "already subscribed"),
  limitExceeded: new CommandError(106, "limit exceeded"),
  badRequest: new CommandError(107, "bad request"),
  notAvailable: new CommandError(108, "not available"),
  tokenExpired: new CommandError(109, "token expired"),
  expired: new CommandError(110, "expired"),
  unrecoverablePosition: new CommandError(112, "unrecoverable position"),
} as const;

/** Centrifugo's disconnects: https://centrifugal.dev/docs/server/codes#client-disconnect-codes */
export const DISCONNECTS = {
  /** The client closed the connection: no close frame is sent. */
  connectionClosed: new Disconnect(3000, "connection closed"),
  shutdown: new Disconnect(3001, "shutdown"),
  serverError: new Disconnect(3004, "internal server error"),
  connectionExpired: new Disconnect(3005, "connection expired"),
  subscriptionExpired: new Disconnect(3006, "subscription expired"),
  slow: new Disconnect(3008, "slow"),
  writeError: new Disconnect(3009, "write error"),
  insufficientState: new Disconnect(3010, "insufficient state"),
  noPong: new Disconnect(3012, "no pong"),
  invalidToken: new Disconnect(3500, "invalid token"),
  badRequest: new Disconnect(3501, "bad request"),
  stale: new Disconnect(3502, "stale"),
  forceDisconnect: new Disconnect(3503, "force disconnect"),
  channelLimit: new Disconnect(3505, "channel limit"),
  inappropriateProtocol: new Disconnect(3506, "inappropriate protocol"),
  permissionDenied: new Disconnect(3507, "permission denied"),
  notAvailable: new Disconnect(3508, "not available"),
} as const;

/** Why a subscription ended, as the unsubscribe push reports it. */
export interface Unsubscribe {
  code: number;
  reason: string;
}

/** SDKs subscribe again after codes of 2500 and more: https://centrifugal.dev/docs/server/codes#unsubscribe-codes */
export const UNSUBSCRIBES = {
  server: { code: 2000, reason: "server unsubscribe" },
  insufficientState: { code: 2500, reason: "insufficient state" },
  expired: { code: 2501, reason: "subscription expired" },
} as const satisfies Record<string, Unsubscribe>;
