/**
 * What the server side needs of a logger. A pino logger fits as it is; so does any object with
 * these methods.
 */
export interface Logger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  /** A logger that adds `bindings` to every line. */
  child(bindings: object): Logger;
}

/** Writes a line: data and a message, or a message alone. */
export interface LogMethod {
  (data: object, message?: string): void;
  (message: string): void;
}

/** A logger that writes nothing: the default wherever a logger may be left out. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
