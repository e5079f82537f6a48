/** The codes for a token that is wrong, expired, or refused by `getToken`. */
const TOKEN_CODES: readonly (number | undefined)[] = [
  1, // the SDK: unauthorized
  101, // Centrifugo: unauthorized
  109, // Centrifugo: token expired
  110, // Centrifugo: expired
  3500, // Centrifugo closes: invalid token
];

/** Why `connect()` failed, or why the connection was closed for good. */
export class ConnectionError extends Error {
  override readonly name = "ConnectionError";

  /** Centrifugo's error or close code, or the SDK's (below 100), if there was one. */
  readonly code?: number | undefined;

  constructor(message: string, code?: number) {
    super(message);
    this.code = code;
  }

  /** Whether the token is the reason, so that `connect()` can succeed with another one. */
  get unauthorized(): boolean {
    return TOKEN_CODES.includes(this.code);
  }
}
