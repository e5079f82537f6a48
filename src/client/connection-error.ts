/** The codes that say that the token is the reason: wrong, expired, or refused by `getToken`. */
const TOKEN_CODES = new Set([
  1, // the SDK: unauthorized
  101, // Centrifugo: unauthorized
  109, // Centrifugo: token expired
  110, // Centrifugo: expired
  3500, // Centrifugo closes: invalid token
]);

/** `connect()` failed. The message says why. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";

  constructor(
    message: string,
    /** Centrifugo's error or close code, or the SDK's own below 100, if there was one. */
    readonly code?: number,
  ) {
    super(message);
  }

  /** Whether the token is the reason: with another one, `connect()` can succeed. */
  get unauthorized(): boolean {
    return this.code !== undefined && TOKEN_CODES.has(this.code);
  }
}
