/**
 * What the server side needs of a logger. A pino logger fits as it is; so does any object with
 * these methods. The first argument is data, the second the message.
 */
export interface Logger {
  debug(data: object, message?: string): void;
  info(data: object, message?: string): void;
  warn(data: object, message?: string): void;
  error(data: object, message?: string): void;
  /** A logger that adds `bindings` to every line. */
  child(bindings: object): Logger;
}

/** A logger that writes nothing: the default wherever a logger may be left out. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
