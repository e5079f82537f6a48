import { ConnectionError } from "./connection-error.js";

type WebSocketClass = typeof globalThis.WebSocket;

/**
 * Returns the WebSocket class to connect with: the platform's (browsers, Node 22 and newer), or that
 * of the package `ws`.
 *
 * @throws ConnectionError if there is neither.
 */
export async function webSocketClass(): Promise<WebSocketClass> {
  if (typeof globalThis.WebSocket !== "undefined") return globalThis.WebSocket;
  // A variable, so that bundlers for browsers do not look for the package.
  const packageName = "ws";
  try {
    const ws = (await import(/* @vite-ignore */ packageName)) as { default: WebSocketClass };
    return ws.default;
  } catch {
    throw new ConnectionError("this Node.js has no WebSocket: run `npm install ws`");
  }
}

/** For how many seconds a server may stay silent, while something waits, before it is probed. */
const PROBE_AFTER_S = 5;

/** After how many seconds of silence a socket is given up. */
const LONGEST_SILENCE_S = 10;

/**
 * A command that Centrifugo itself answers: unsubscribing from a channel that nobody is subscribed to.
 * The SDK does not reach this ID, and ignores the reply.
 */
const PROBE = '{"id":4294967295,"unsubscribe":{"channel":"$rpc.probe"}}';

/**
 * Returns a subclass whose sockets close when the server does not answer: no message arrives after
 * their creation, or none, not even after a probe, while `waiting` returns true.
 */
export function closingWhenSilent(
  webSocket: WebSocketClass,
  waiting: () => boolean,
): WebSocketClass {
  return class extends webSocket {
    constructor(...args: ConstructorParameters<WebSocketClass>) {
      super(...args);
      let silentFor = 0;
      let isOpen = false;
      let ended = false;
      const end = (): void => {
        if (ended) return;
        // The closing handshake would wait for a server that is gone.
        if ("terminate" in this) (this as unknown as NodeWebSocket).terminate();
        else {
          this.close();
          this.dispatchEvent(closeEvent());
        }
      };
      const timer = setInterval(() => {
        if (isOpen && !waiting()) silentFor = 0;
        else if (++silentFor === LONGEST_SILENCE_S) end();
        else if (isOpen && silentFor === PROBE_AFTER_S) this.send(PROBE);
      }, 1000);
      // Node 22 fires no close event if the attempt to connect fails.
      this.addEventListener("error", () => setTimeout(end, CLOSE_GRACE_MS));
      this.addEventListener("message", () => {
        isOpen = true;
        silentFor = 0;
      });
      this.addEventListener("close", (event) => {
        clearInterval(timer);
        if (ended) event.stopImmediatePropagation();
        ended = true;
      });
    }
  };
}

/** The class of the package `ws`. */
interface NodeWebSocket {
  /** Ends the connection without a closing handshake. */
  terminate(): void;
}

/** How long a socket that failed may take to report that it has closed, in milliseconds. */
const CLOSE_GRACE_MS = 100;

/** As of a connection that was lost: Node 22 has no global `CloseEvent`. */
function closeEvent(): Event {
  return Object.assign(new Event("close"), { code: 1006, reason: "", wasClean: false });
}
