import { createHmac } from "node:crypto";

/** What is signed: the last part of the path. */
export type SignedRoute = "call" | "cancel" | "contract";

/**
 * The signature of a request: `v1=` and 64 hexadecimal digits.
 *
 * @param timestamp Unix time in seconds.
 */
export function sign(secret: string, timestamp: number, route: SignedRoute, body: string): string {
  const signed = `v1\n${timestamp}\n${route}\n${body}`;
  return `v1=${createHmac("sha256", secret).update(signed).digest("hex")}`;
}

/** The headers that sign a request of now. */
export function signatureHeaders(
  secret: string,
  route: SignedRoute,
  body: string,
): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  return {
    "X-RPC-Timestamp": String(timestamp),
    "X-RPC-Signature": sign(secret, timestamp, route, body),
  };
}
