import { isObject, within } from "../../protocol/index.js";
import { readJson } from "../json.js";
import { WebSocket } from "ws";
import { PATIENCE_MS, UnreachableError } from "./http-probe.js";

/** The parts of a reply of Centrifugo's client protocol that checks read. */
export interface Reply {
  error?: { code: number; message: string };
  connect?: object;
  subscribe?: { recoverable?: boolean; positioned?: boolean };
  publish?: object;
  rpc?: { data?: unknown };
}

/** The server refused the upgrade to a WebSocket. */
export class UpgradeError extends Error {
  override readonly name = "UpgradeError";

  constructor(readonly status: number) {
    super(`HTTP status ${status}`);
  }
}

/** The server closed the connection, with Centrifugo's code and reason. */
export class ClosedError extends Error {
  override readonly name = "ClosedError";

  constructor(
    readonly code: number,
    readonly reason: string,
  ) {
    super(`closed with ${code}${reason === "" ? "" : `: ${reason}`}`);
  }
}

type Message = Reply & { id?: number; push?: Push };
type Push = { channel?: string; pub?: { data?: unknown } };

/**
 * A WebSocket that sends plain Centrifugo commands. The SDK would hide what checks look for: the
 * HTTP status of a refused upgrade, the order of replies, the close code.
 *
 * See https://centrifugal.dev/docs/transports/client_protocol
 */
export class ProbeConnection {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #published: Push[] = [];
  readonly #closed: Promise<never>;
  #onPublication = (): void => undefined;
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#closed = new Promise((_resolve, reject) => {
      socket.once("close", (code, reason) => reject(new ClosedError(code, reason.toString())));
    });
    this.#closed.catch(() => undefined);
    socket.on("error", () => undefined);
    socket.on("message", (frame: Buffer) => this.#receive(frame.toString()));
  }

  /**
   * Opens a WebSocket, as a page of `origin` would if one is given.
   *
   * @throws UpgradeError or UnreachableError
   */
  static async open(url: string, origin?: string): Promise<ProbeConnection> {
    const socket = new WebSocket(url, {
      handshakeTimeout: PATIENCE_MS,
      ...(origin === undefined ? {} : { origin }),
    });
    return await new Promise((resolve, reject) => {
      socket.once("open", () => resolve(new ProbeConnection(socket)));
      socket.once("error", (error) => reject(new UnreachableError(error)));
      socket.once("unexpected-response", (request, response) => {
        reject(new UpgradeError(response.statusCode ?? 0));
        request.destroy();
      });
    });
  }

  /**
   * Sends a command and returns its reply, which can be an error.
   *
   * @throws ClosedError when the connection ends before; Error when no reply comes in time.
   */
  async call(command: object, patienceMs = PATIENCE_MS): Promise<Reply> {
    const id = ++this.#lastId;
    const reply = new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, ...command }));
    return await this.#within(patienceMs, reply);
  }

  /** The size in bytes of the frame that the next {@link call} with this command sends. */
  frameBytes(command: object): number {
    return Buffer.byteLength(JSON.stringify({ id: this.#lastId + 1, ...command }));
  }

  /** Whether a matching publication has arrived on the channel, or does so in time. */
  async receives(channel: string, matches: (data: unknown) => boolean): Promise<boolean> {
    const arrived = new Promise<true>((resolve) => {
      this.#onPublication = () => {
        const found = this.#published.some(
          (push) => push.channel === channel && matches(push.pub?.data),
        );
        if (found) resolve(true);
      };
      this.#onPublication();
    });
    return await this.#within(PATIENCE_MS, arrived).catch(() => false);
  }

  close(): void {
    this.#socket.close();
  }

  #receive(frame: string): void {
    for (const line of frame.split("\n").filter((text) => text !== "")) {
      const value = readJson(line);
      if (!isObject(value)) continue;
      const message: Message = value;
      if (message.id !== undefined) {
        this.#waiting.get(message.id)?.(message);
        this.#waiting.delete(message.id);
      } else if (message.push) {
        this.#published.push(message.push);
        this.#onPublication();
      } else {
        this.#socket.send("{}");
      }
    }
  }

  async #within<T>(ms: number, result: Promise<T>): Promise<T> {
    return await within(ms, Promise.race([result, this.#closed]), () => {
      throw new Error(`no reply within ${ms / 1000} s`);
    });
  }
}
