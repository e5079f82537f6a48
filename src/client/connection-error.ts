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
}
