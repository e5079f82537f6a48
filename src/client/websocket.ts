import { ConnectionError } from "./connection-error.js";

type WebSocketClass = typeof globalThis.WebSocket;

/**
 * The WebSocket class to connect with: the platform's own where there is one (browsers, Node 22
 * and newer), else that of the package `ws`.
 *
 * @throws ConnectionError when there is neither.
 */
export async function webSocketClass(): Promise<WebSocketClass> {
  if (typeof globalThis.WebSocket !== "undefined") return globalThis.WebSocket;
  // A variable, so that bundlers for browsers do not try to find the package.
  const packageName = "ws";
  try {
    const ws = (await import(/* @vite-ignore */ packageName)) as { default: WebSocketClass };
    return ws.default;
  } catch {
    throw new ConnectionError("this Node.js has no WebSocket of its own: run `npm install ws`");
  }
}

/** That class, but what is opened closes again when nothing has come over it within `ms`. */
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
