import { once } from "node:events";
import { WebSocket, type ClientOptions } from "ws";
import { sign } from "./tokens.js";

/** How long a test waits for what must come. */
const PATIENCE_MS = 30_000;

export interface CloseEvent {
  code: number;
  reason: string;
}

export type Message = Record<string, unknown>;

/** A client that sends and receives the protocol's own messages. */
export class RawClient {
  readonly socket: WebSocket;
  /** Every frame received, as text. */
  readonly frames: string[] = [];
  /** How the connection ended. */
  readonly closed: Promise<CloseEvent>;
  /** Whether pings are answered. */
  answersPings = true;
  #nextId = 1;
  readonly #received: Message[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
    });
    socket.on("message", (data: Buffer) => this.#receive(data.toString()));
    socket.on("error", () => undefined);
  }

  /** Opens a socket without sending anything. */
  static async open(url: string, options: ClientOptions = {}, protocols: string[] = []) {
    const client = new RawClient(new WebSocket(url, protocols, options));
    await once(client.socket, "open");
    return client;
  }

  /** Connects as a user, with a token that has further claims. */
  static async connect(url: string, user = "42", claims: object = {}): Promise<RawClient> {
    const client = await RawClient.open(url);
    const reply = await client.call({ connect: { token: await sign({ sub: user, ...claims }) } });
    if (!("connect" in reply)) throw new Error(`connect failed: ${JSON.stringify(reply)}`);
    return client;
  }

  /** Sends commands in one frame. */
  send(...commands: object[]): void {
    this.sendText(commands.map((command) => JSON.stringify(command)).join("\n"));
  }

  sendText(frame: string | Buffer): void {
    this.socket.send(frame);
  }

  /** Sends a command and returns its reply, without the ID. */
  async call(command: object): Promise<Message> {
    const id = this.#nextId++;
    this.send({ id, ...command });
    const { id: _, ...reply } = await this.take((message) => message["id"] === id);
    return reply;
  }

  /** The next push, without its envelope. */
  async push(): Promise<Message> {
    const message = await this.take((candidate) => "push" in candidate);
    return message["push"] as Message;
  }

  /** The first message received, now or later, that matches; it is not returned again. */
  async take(matches: (message: Message) => boolean = () => true): Promise<Message> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const index = this.#received.findIndex(matches);
      if (index >= 0) return this.#received.splice(index, 1)[0]!;
      await this.#change(deadline);
    }
  }

  /** The messages that were not taken yet. */
  get unread(): Message[] {
    return this.#received;
  }

  close(): void {
    this.socket.close();
  }

  #receive(frame: string): void {
    this.frames.push(frame);
    for (const line of frame.split("\n")) {
      const message = JSON.parse(line) as Message;
      if (Object.keys(message).length === 0 && this.answersPings) this.sendText("{}");
      else this.#received.push(message);
    }
    for (const wake of this.#waiting) wake();
  }

  async #change(deadline: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    let wake: (() => void) | undefined;
    const failed = new Promise<never>((_, reject) => {
      const explain = (why: string) =>
        reject(new Error(`${why}: ${JSON.stringify(this.#received)}`));
      timer = setTimeout(() => explain("no such message came"), deadline - Date.now());
      void this.closed.then((event) => explain(`closed with ${JSON.stringify(event)}`));
    });
    const changed = new Promise<void>((resolve) => {
      wake = resolve;
      this.#waiting.add(resolve);
    });
    try {
      await Promise.race([changed, failed]);
    } finally {
      clearTimeout(timer);
      if (wake) this.#waiting.delete(wake);
    }
  }
}
