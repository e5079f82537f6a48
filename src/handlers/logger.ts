/**
 * The logger interface of the server side. A pino logger implements it, as does any object with
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

/** A logger that writes nothing: the default wherever a logger is optional. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
};
