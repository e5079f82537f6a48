import { CodedError } from "../protocol/index.js";
import type { RPCError } from "../protocol/index.js";
import { checkMethodName, type Method } from "./method.js";

/** Read access to the methods of a server, from a {@link Registry} or another source. */
export interface Methods {
  /** Returns a method by name, or `undefined`. */
  get(name: string): Method | undefined;
  /** Returns all methods, sorted by name. */
  list(): Method[];
  /** Returns why a method is temporarily missing. Default: no method is. */
  missing?(name: string): RPCError | undefined;
}

/** The methods that a server offers, by name. */
export class Registry implements Methods {
  readonly #methods = new Map<string, Method>();

  /**
   * Adds a method.
   *
   * @throws ArgumentError `CRPC_METHOD_INVALID` for an invalid name, CodedError
   * `CRPC_METHOD_DUPLICATE` for a name that is taken.
   */
  register(method: Method): void {
    checkMethodName(method.name);
    if (this.#methods.has(method.name)) {
      throw new CodedError(
        "CRPC_METHOD_DUPLICATE",
        `method "${method.name}" is registered twice: give each handler its own name ` +
          `(a class with decorated instance methods registers them once for each instance)`,
      );
    }
    this.#methods.set(method.name, method);
  }

  get(name: string): Method | undefined {
    return this.#methods.get(name);
  }

  list(): Method[] {
    return [...this.#methods.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }
}

// The registry is on `globalThis` because one process can load several copies of this module, and
// all of them must use the same registry: `centrifugo-rpc dev` reloads the handlers after each
// change, and a monorepo may have the package installed twice.
const CURRENT = Symbol.for("centrifugo-rpc.registry");
const holder = globalThis as { [CURRENT]?: Registry };

/** The registry that `websocketRpc` uses by default. */
export function defaultRegistry(): Registry {
  return (holder[CURRENT] ??= new Registry());
}

/** Runs `load`, and returns the methods registered meanwhile in a new registry. */
export async function collectMethods(load: () => Promise<unknown>): Promise<Registry> {
  const before = holder[CURRENT];
  const collected = new Registry();
  holder[CURRENT] = collected;
  try {
    await load();
  } finally {
    if (before) holder[CURRENT] = before;
    else delete holder[CURRENT];
  }
  return collected;
}
