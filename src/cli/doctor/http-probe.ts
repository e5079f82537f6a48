import { readJson } from "../json.js";
import { connectionFailure } from "../output/connection-failure.js";

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

/** Nothing answers at a URL; the message has the reason. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";

  constructor(cause: unknown) {
    super(connectionFailure(cause, PATIENCE_MS), { cause });
  }
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
    throw new UnreachableError(error);
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

function clockAhead(date: string | null, now: number): number | undefined {
  const ms = date === null ? Number.NaN : Date.parse(date);
  // The header has whole seconds: it lags by half a second on average.
  return Number.isNaN(ms) ? undefined : ms + 500 - now;
}
