import { within } from "../protocol/deadline.js";
import { HELLO_METHOD, PROTOCOL_VERSION, type HelloReply } from "../protocol/envelope.js";
import { ConnectionError } from "./connection-error.js";
import { Deferred } from "./deferred.js";
import { pause } from "./pause.js";
import type {
  ConnectionTarget,
  Transport,
  TransportError,
  TransportEvents,
  TransportFactory,
} from "./transport.js";

/** How long {@link Session.open} may take in all. */
const OPEN_TIMEOUT_MS = 10_000;

/** A transport over which calls can be made. */
export interface Connected {
  readonly transport: Transport;
  /** What the gateway answered to `$rpc.hello`. */
  readonly hello: HelloReply;
}

/** What a session reports to the client. */
export interface SessionEvents extends Omit<TransportEvents, "connected"> {
  /** Calls can be made, for the first time or again. */
  ready(connected: Connected): void;
}

/** A transport from its opening to its end, and the gateway's greeting after each connect. */
export class Session {
  readonly #transport: Transport;
  readonly #url: string;
  readonly #events: SessionEvents;
  /** Resolves when calls can be made; replaced after each loss of the connection. */
  #ready = new Deferred<Connected>();
  #state: "opening" | "open" | "reopening" | "closed" = "opening";
  /** Counts connections and losses: only the newest greeting goes on. */
  #greeting = 0;

  constructor(createTransport: TransportFactory, target: ConnectionTarget, events: SessionEvents) {
    this.#url = target.url;
    this.#events = events;
    this.#transport = createTransport(target, {
      ...events,
      connected: () => void this.#greet(),
      lost: () => this.#onLost(),
      closed: (error) => this.#end(error),
    });
  }

  /**
   * Connects. Fails with the first error, or after 10 s, instead of trying forever.
   *
   * @throws ConnectionError
   */
  async open(): Promise<void> {
    try {
      await within(OPEN_TIMEOUT_MS, Promise.all([this.#transport.connect(), this.ready()]), () => {
        throw new ConnectionError(`${this.#url}: no connection within ${OPEN_TIMEOUT_MS} ms`);
      });
    } catch (error) {
      this.#end(error as ConnectionError);
      throw error;
    }
  }

  /**
   * Waits until calls can be made.
   *
   * @throws ConnectionError when the connection is closed for good.
   */
  ready(): Promise<Connected> {
    return this.#ready.promise;
  }

  /** Closes the connection for good, without the event `closed`. */
  close(error: ConnectionError): void {
    this.#state = "closed";
    this.#greeting++;
    this.#ready.reject(error);
    this.#transport.close();
  }

  #end(error: ConnectionError): void {
    if (this.#state === "closed") return;
    this.close(error);
    this.#events.closed(error);
  }

  #onLost(): void {
    this.#greeting++;
    if (this.#state !== "open") return;
    this.#state = "reopening";
    this.#ready = new Deferred();
    this.#events.lost();
  }

  /** Asks the gateway for its epoch; after a reconnect, until it answers. */
  async #greet(): Promise<void> {
    const greeting = ++this.#greeting;
    for (let attempt = 0; greeting === this.#greeting; attempt++) {
      try {
        const data = { $rpc: PROTOCOL_VERSION };
        const hello = (await this.#transport.rpc(HELLO_METHOD, data)) as HelloReply;
        if (greeting === this.#greeting) this.#onHello(hello);
        return;
      } catch (error) {
        const { message, code } = error as TransportError;
        if (this.#state === "opening") {
          return this.#end(new ConnectionError(`the gateway does not answer: ${message}`, code));
        }
      }
      await pause(attempt);
    }
  }

  #onHello(hello: HelloReply): void {
    if (!hello?.versions?.includes(PROTOCOL_VERSION)) {
      const reason = `the gateway does not speak protocol version ${PROTOCOL_VERSION}`;
      return this.#end(new ConnectionError(reason));
    }
    this.#state = "open";
    const connected = { transport: this.#transport, hello };
    this.#ready.resolve(connected);
    this.#events.ready(connected);
  }
}
