import type { WebSocket } from "ws";
import { DISCONNECTS, type Disconnect } from "../protocol/codes.js";
import { Timer } from "../timers.js";

/** Centrifugo joins up to this many waiting messages into one frame. */
const MAX_MESSAGES_IN_FRAME = 16;

export interface FrameWriterOptions {
  /** How many bytes may wait for a client that reads slowly; 0 for any number. */
  maxQueueSize: number;
  /** How long writing one frame may take, in milliseconds. */
  writeTimeout: number;
  /** Called if the client is too slow. */
  onFailure: (disconnect: Disconnect) => void;
}

/**
 * Writes the messages of one turn of the event loop as frames, and disconnects clients that do not
 * read. In Centrifugo, another thread writes while messages are added to the queue. So here, a
 * message counts only after the socket had a turn to send it: a client is too slow if too much of
 * earlier turns waits. As in Centrifugo, the frame that is being written does not count.
 */
export class FrameWriter {
  readonly #socket: WebSocket;
  readonly #options: FrameWriterOptions;
  #burst: string[] = [];
  /** The sizes of the frames in the socket, in bytes. The first one is being written. */
  readonly #frames: number[] = [];
  #timeout: Timer | undefined;
  #closed = false;

  constructor(socket: WebSocket, options: FrameWriterOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  write(message: string): void {
    if (this.#closed) return;
    if (this.#burst.push(message) === 1) queueMicrotask(() => this.#endTurn());
  }

  /** Accepts no more messages. With `flush`, sends those that wait. */
  close(flush: boolean): void {
    if (flush) this.#sendBurst();
    this.#closed = true;
    this.#timeout?.stop();
  }

  #endTurn(): void {
    if (this.#closed) return;
    const { maxQueueSize, onFailure } = this.#options;
    const waiting = this.#frames.slice(1).reduce((sum, size) => sum + size, 0);
    if (maxQueueSize > 0 && waiting > maxQueueSize) onFailure(DISCONNECTS.slow);
    else this.#sendBurst();
  }

  #sendBurst(): void {
    const messages = this.#burst;
    this.#burst = [];
    for (let at = 0; at < messages.length; at += MAX_MESSAGES_IN_FRAME) {
      const frame = messages.slice(at, at + MAX_MESSAGES_IN_FRAME).join("\n");
      if (this.#frames.push(Buffer.byteLength(frame)) === 1) this.#startTimeout();
      this.#socket.send(frame, () => this.#frameLeft());
    }
  }

  /** Also called if the frame could not be written: the socket closes itself then. */
  #frameLeft(): void {
    this.#timeout?.stop();
    this.#frames.shift();
    if (this.#frames.length > 0 && !this.#closed) this.#startTimeout();
  }

  #startTimeout(): void {
    const { writeTimeout, onFailure } = this.#options;
    this.#timeout = new Timer(writeTimeout, () => onFailure(DISCONNECTS.writeError));
  }
}
