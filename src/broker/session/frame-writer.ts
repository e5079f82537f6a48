import type { WebSocket } from "ws";
import { DISCONNECTS, type Disconnect } from "../protocol/codes.js";
import { Timer } from "../timers.js";

/** Centrifugo joins up to this many waiting messages into one frame. */
const MAX_MESSAGES_IN_FRAME = 16;

export interface FrameWriterOptions {
  /** How many bytes may wait for a client that reads slowly. */
  maxQueueSize: number;
  /** How long one frame may take to leave, in milliseconds. */
  writeTimeout: number;
  /** Called when the client is too slow or a write fails. */
  onFailure: (disconnect: Disconnect) => void;
}

/** Writes messages as frames, one frame at a time, and gives up on clients that do not read. */
export class FrameWriter {
  readonly #socket: WebSocket;
  readonly #options: FrameWriterOptions;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #busy = false;
  #closed = false;

  constructor(socket: WebSocket, options: FrameWriterOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  write(message: string): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    this.#waitingBytes += Buffer.byteLength(message);
    const { maxQueueSize, onFailure } = this.#options;
    if (maxQueueSize > 0 && this.#waitingBytes > maxQueueSize) onFailure(DISCONNECTS.slow);
    else if (!this.#busy) this.#sendNext();
  }

  /** Takes no more messages. With `flush`, sends what waits. */
  close(flush: boolean): void {
    this.#closed = true;
    const rest = this.#waiting.splice(0);
    if (flush && rest.length > 0) this.#socket.send(rest.join("\n"));
  }

  #sendNext(): void {
    const messages = this.#waiting.splice(0, MAX_MESSAGES_IN_FRAME);
    if (messages.length === 0) return;
    const frame = messages.join("\n");
    this.#waitingBytes -= Buffer.byteLength(frame) - (messages.length - 1);
    this.#busy = true;
    const { writeTimeout, onFailure } = this.#options;
    const timeout = new Timer(writeTimeout, () => onFailure(DISCONNECTS.writeError));
    this.#socket.send(frame, (error) => {
      timeout.stop();
      this.#busy = false;
      if (error) onFailure(DISCONNECTS.writeError);
      else if (!this.#closed) this.#sendNext();
    });
  }
}
