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
      const timer = setTimeout(() => this.close(), ms);
      const stop = (): void => clearTimeout(timer);
      this.addEventListener("message", stop, { once: true });
      this.addEventListener("close", stop, { once: true });
    }
  };
}
