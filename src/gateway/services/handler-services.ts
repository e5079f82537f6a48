import {
  ArgumentError,
  RPCError,
  type Contract,
  withoutTrailingSlash,
} from "../../protocol/index.js";
import {
  buildContract,
  type Logger,
  type Method,
  type Methods,
  type Registry,
  silentLogger,
} from "../../handlers/index.js";
import { checkHttpUrl } from "../http/secret.js";
import { HandlerService, type ServiceChange } from "./handler-service.js";
import { MethodPlaces, type MethodConflict, type MethodPlace } from "./method-places.js";

/** The options of {@link connectHandlerServices}. */
export interface HandlerServicesOptions {
  /** The URLs of the services, as in `http://django:8000/centrifugo-rpc`. */
  urls: readonly string[];
  /** Signs the requests; the services have the same secret. */
  secret: string;
  /** The gateway's own methods. */
  handlers: Registry;
  /** How often each service is polled for its contract, in milliseconds. Default 5000. */
  pollMs?: number;
  /** Default: no log. */
  log?: Logger;
  /** Called after the methods, or the {@link HandlerServices.states | state} of a service, changed. */
  onChange?: () => void;
}

/** A handler service as it is at the moment. */
export interface HandlerServiceState {
  readonly url: string;
  /** `down` when the last request for its contract failed. */
  readonly state: "up" | "down";
  /** The names of the methods whose calls go there. */
  readonly methods: readonly string[];
  /** Why it is down; the text may name values of the configuration. */
  readonly reason?: string;
}

/** The methods of the gateway and of its handler services. */
export interface HandlerServices extends Methods {
  /**
   * The contract of all methods: the same object until they change.
   *
   * @throws TypeError as `buildContract` does.
   */
  contract(): Contract;
  /** Replaces the gateway's own methods. */
  replaceHandlers(handlers: Registry): void;
  /** The services, in the order of their URLs. */
  states(): readonly HandlerServiceState[];
  /** Stops polling the services, and ends the calls that run there. */
  close(): Promise<void>;
}

/**
 * Fetches the contracts of the services and follows their changes. It keeps trying to reach a service
 * that is down. See docs/handler-services.md.
 *
 * @throws ArgumentError for an invalid URL or secret, and, with the code `CRPC_METHOD_DUPLICATE`, when
 * methods are in two places; the message names them all.
 */
export async function connectHandlerServices(
  options: HandlerServicesOptions,
): Promise<HandlerServices> {
  checkOptions(options);
  const services = new ConnectedServices(options);
  await services.start();
  return services;
}

class ConnectedServices implements HandlerServices {
  readonly #services: readonly HandlerService[];
  readonly #places: ReadonlyMap<HandlerService, MethodPlace>;
  readonly #methods: MethodPlaces;
  readonly #log: Logger;
  readonly #onChange: (() => void) | undefined;
  #handlers: Registry;
  #contract: (() => Contract) | undefined;
  /** The conflicts that exist and are logged. */
  #reported: ReadonlySet<string> = new Set();
  #started = false;

  constructor({ urls, secret, handlers, pollMs = 5000, log, onChange }: HandlerServicesOptions) {
    this.#log = log ?? silentLogger;
    this.#onChange = onChange;
    this.#handlers = handlers;
    this.#services = urls.map(
      (url) =>
        new HandlerService({
          url,
          secret,
          pollMs,
          log: this.#log,
          onChange: (what) => this.#serviceChanged(what),
        }),
    );
    this.#places = new Map(
      this.#services.map((service) => [
        service,
        { title: service.url, methods: () => service.methods },
      ]),
    );
    const own: MethodPlace = {
      title: "the gateway's own handlers",
      methods: () => this.#handlers,
    };
    this.#methods = new MethodPlaces([own, ...this.#places.values()]);
  }

  async start(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.refresh()));
    const conflicts = this.#methods.update();
    this.#started = true;
    if (conflicts.length === 0) return;
    await this.close();
    throw conflictError(conflicts);
  }

  get(name: string): Method | undefined {
    return this.#methods.get(name);
  }

  list(): Method[] {
    return this.#methods.list();
  }

  missing(name: string): RPCError | undefined {
    if (this.#services.every((service) => service.reached)) return undefined;
    const message = `no method "${name}" yet: a handler service has not been reached`;
    return RPCError.of("unavailable", message);
  }

  contract(): Contract {
    this.#contract ??= once(() => buildContract(this.#methods));
    return this.#contract();
  }

  replaceHandlers(handlers: Registry): void {
    this.#handlers = handlers;
    this.#update();
  }

  states(): HandlerServiceState[] {
    return [...this.#places].map(([{ url, state, reason }, place]) => ({
      url,
      state,
      methods: this.#methods.namesOf(place),
      ...(reason !== undefined && { reason }),
    }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.close()));
  }

  #serviceChanged(what: ServiceChange): void {
    if (!this.#started) return;
    if (what === "methods") this.#update();
    try {
      this.#onChange?.();
    } catch (error) {
      this.#log.error({ err: error }, "onChange of the handler services failed");
    }
  }

  #update(): void {
    const conflicts = this.#methods.update();
    this.#contract = undefined;
    const lines = conflicts.map(describeConflict);
    for (const [index, { method }] of conflicts.entries()) {
      const line = lines[index]!;
      if (!this.#reported.has(line)) this.#log.error({ method }, line);
    }
    this.#reported = new Set(lines);
  }
}

function checkOptions({ urls, secret }: HandlerServicesOptions): void {
  if (secret === "")
    throw new ArgumentError("the secret of the handler services must not be empty");
  const known = new Set<string>();
  for (const url of urls) {
    checkHttpUrl("the URL of a handler service", url, "http://localhost:8002/centrifugo-rpc");
    if (/[?#]/.test(url)) {
      throw new ArgumentError("the URL of a handler service must not have a query or a fragment");
    }
    const address = withoutTrailingSlash(new URL(url).href);
    if (known.has(address)) throw new ArgumentError(`handler service ${url} is listed twice`);
    known.add(address);
  }
}

function conflictError(conflicts: readonly MethodConflict[]): ArgumentError {
  const lines = conflicts.map(
    ({ method, owner, others }) =>
      `- "${method}": ${[owner, ...others].map(({ title }) => title).join(" and ")}`,
  );
  return new ArgumentError(
    [
      "these methods are in more than one place:",
      ...lines,
      "Fix: rename the methods, or remove them from one of the places",
    ].join("\n"),
    "CRPC_METHOD_DUPLICATE",
  );
}

function describeConflict({ method, owner, others }: MethodConflict): string {
  const places = others.map(({ title }) => title).join(" and ");
  return `method "${method}" of ${places} is not served: ${owner.title} has it already`;
}

/** Makes a value once; a failure is rethrown each time. */
function once<T>(make: () => T): () => T {
  let outcome: { value: T } | { error: unknown } | undefined;
  return () => {
    outcome ??= attempt(make);
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  };
}

function attempt<T>(make: () => T): { value: T } | { error: unknown } {
  try {
    return { value: make() };
  } catch (error) {
    return { error };
  }
}
