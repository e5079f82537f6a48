import { readJson } from "../json.js";

/** How long a server may take to respond, in milliseconds. */
export const PATIENCE_MS = 5000;

/** An HTTP response, read to its end. */
export interface Answer {
  status: number;
  /** The body, if it is JSON. */
  json: unknown;
  /** How far the server's clock is ahead of this machine's, in milliseconds; exact to a second. */
  clockAheadMs: number | undefined;
}

/** Nothing answers at a URL; the message says why. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/**
 * One HTTP request.
 *
 * @throws UnreachableError
 */
export async function ask(url: string, now: () => number, init: RequestInit = {}): Promise<Answer> {
  const before = now();
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
    const middle = (before + now()) / 2;
    const text = await response.text();
    return {
      status: response.status,
      json: readJson(text),
      clockAheadMs: clockAhead(response.headers.get("Date"), middle),
    };
  } catch (error) {
    throw new UnreachableError(reasonOf(error), { cause: error });
  }
}

/** `POST` with a JSON body. */
export function jsonPost(body: object, headers: Record<string, string>): RequestInit {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}

/** Why a connection failed, in a few words. */
export function reasonOf(error: unknown): string {
  const { name, message, cause, code } = error as Error & { code?: string };
  if (name === "TimeoutError") return `no answer within ${PATIENCE_MS / 1000} s`;
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND") return "no such host";
  return cause === undefined ? message || String(code) : reasonOf(cause);
}

function clockAhead(date: string | null, now: number): number | undefined {
  const ms = date === null ? Number.NaN : Date.parse(date);
  // The header has whole seconds: it lags by half a second on average.
  return Number.isNaN(ms) ? undefined : ms + 500 - now;
}
