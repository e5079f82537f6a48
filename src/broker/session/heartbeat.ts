import { DISCONNECTS, type Disconnect } from "../protocol/codes.js";
import { Timer } from "../timers.js";

export interface HeartbeatOptions {
  /** In milliseconds. The first ping is sent after a random half to whole interval. */
  interval: number;
  pongTimeout: number;
  sendPing: () => void;
  onFailure: (disconnect: Disconnect) => void;
}

/**
 * Application-level pings, each of which needs one pong:
 * https://centrifugal.dev/docs/transports/client_protocol#ping-pong
 */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #pingTimer: Timer | undefined;
  #pongTimer: Timer | undefined;
  #wantsPong = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  start(): void {
    this.#schedulePing(this.#options.interval * (0.5 + Math.random() / 2));
  }

  stop(): void {
    this.#pingTimer?.stop();
    this.#pongTimer?.stop();
  }

  /** @throws Disconnect 3501 for a pong without a ping. */
  receivePong(): void {
    if (!this.#wantsPong) throw DISCONNECTS.badRequest;
    this.#wantsPong = false;
  }

  #schedulePing(delay: number): void {
    this.#pingTimer = new Timer(delay, () => {
      this.#wantsPong = true;
      this.#options.sendPing();
      this.#expectPong();
      this.#schedulePing(this.#options.interval);
    });
  }

  #expectPong(): void {
    const { pongTimeout, onFailure } = this.#options;
    this.#pongTimer = new Timer(pongTimeout, () => {
      if (this.#wantsPong) onFailure(DISCONNECTS.noPong);
    });
  }
}
