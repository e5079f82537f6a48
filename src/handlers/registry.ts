import { CodedError } from "../protocol/index.js";
import type { RPCError } from "../protocol/index.js";
import { checkMethodName, type Method } from "./method.js";

/** The methods that a server offers, to be read: those of a {@link Registry}, or from elsewhere. */
export interface Methods {
  /** The method of that name, or `undefined`. */
  get(name: string): Method | undefined;
  /** All methods, sorted by name. */
  list(): Method[];
  /** Why a method that {@link get} does not know is missing for now. Default: there is none. */
  missing?(name: string): RPCError | undefined;
}

/** The methods that a server offers, by name. */
export class Registry implements Methods {
  readonly #methods = new Map<string, Method>();

  /**
   * Adds a method.
   *
   * @throws ArgumentError for a name that no method can have, CodedError for a name that is taken.
   */
  register(method: Method): void {
    checkMethodName(method.name);
    if (this.#methods.has(method.name)) {
      throw new CodedError(
        "CRPC_METHOD_DUPLICATE",
        `method "${method.name}" is registered twice: give each handler a name of its own ` +
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

// The registry hangs on `globalThis` because one process can hold several copies of this module,
// and all of them must register to the same place: `centrifugo-rpc dev` loads the handlers anew
// after each change, and a monorepo may have the package installed twice.
const CURRENT = Symbol.for("centrifugo-rpc.registry");
const holder = globalThis as { [CURRENT]?: Registry };

/** The registry that `websocketRpc` registers to unless it is given another. */
export function defaultRegistry(): Registry {
  return (holder[CURRENT] ??= new Registry());
}

/** Runs `load`, and gives the methods that register while it runs in a registry of their own. */
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
