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

/** Returns a subclass whose sockets close if no message arrives within `ms` of their creation. */
export function withConnectTimeout(webSocket: WebSocketClass, ms: number): WebSocketClass {
  return class extends webSocket {
    constructor(...args: ConstructorParameters<WebSocketClass>) {
      super(...args);
      let ended = false;
      // Node 22 fires no close event if the attempt to connect fails or is closed.
      const awaitClose = (): void => {
        clearTimeout(timer);
        timer = setTimeout(() => this.dispatchEvent?.(closeEvent()), CLOSE_GRACE_MS);
      };
      let timer = setTimeout(() => {
        this.close();
        awaitClose();
      }, ms);
      this.addEventListener("error", awaitClose);
      this.addEventListener("message", () => clearTimeout(timer), { once: true });
      this.addEventListener("close", (event) => {
        clearTimeout(timer);
        if (ended) event.stopImmediatePropagation();
        ended = true;
      });
    }
  };
}

/** How long a socket that was closed may take to say so, in milliseconds. */
const CLOSE_GRACE_MS = 100;

/** As of a connection that was lost: Node 22 has no global `CloseEvent`. */
function closeEvent(): Event {
  return Object.assign(new Event("close"), { code: 1006, reason: "", wasClean: false });
}
