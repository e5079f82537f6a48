import { ConnectionError } from "./connection-error.js";

/**
 * The WebSocket class to connect with: the platform's own where there is one (browsers, Node 22
 * and newer), else that of the package `ws`.
 *
 * @throws ConnectionError when there is neither.
 */
export async function webSocketClass(): Promise<unknown> {
  if (typeof globalThis.WebSocket !== "undefined") return globalThis.WebSocket;
  // A variable, so that bundlers for browsers do not try to find the package.
  const packageName = "ws";
  try {
    const ws = (await import(/* @vite-ignore */ packageName)) as { default: unknown };
    return ws.default;
  } catch {
    throw new ConnectionError("this Node.js has no WebSocket of its own: run `npm install ws`");
  }
}
