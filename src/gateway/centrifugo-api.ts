import { z } from "zod";
import type { Publisher } from "./publisher.js";

/** Where Centrifugo's HTTP API is, and its key. */
export interface CentrifugoApiOptions {
  /** The API's URL, usually `http://localhost:8000/api`. */
  url: string;
  apiKey: string;
  /** How long one request may take, in milliseconds. Default 5000. */
  timeoutMs?: number;
}

/** Centrifugo's API refused a request or could not be reached. */
export class CentrifugoApiError extends Error {
  override readonly name = "CentrifugoApiError";
}

const replySchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/**
 * Publishes through Centrifugo's HTTP API.
 *
 * See https://centrifugal.dev/docs/server/server_api
 */
export function createCentrifugoApi(options: CentrifugoApiOptions): Publisher {
  const { url, apiKey, timeoutMs = 5000 } = options;

  async function request(method: string, params: object): Promise<unknown> {
    const response = await fetch(`${url.replace(/\/$/, "")}/${method}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": apiKey },
      body: JSON.stringify(params),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status === 401) {
      await response.body?.cancel();
      throw new CentrifugoApiError("Centrifugo refused the API key: check CENTRIFUGO_API_KEY");
    }
    if (!response.ok) {
      throw new CentrifugoApiError(`Centrifugo's API answered with HTTP status ${response.status}`);
    }
    const { result, error } = replySchema.parse(await response.json());
    if (error) throw new CentrifugoApiError(`${method}: ${error.message} (code ${error.code})`);
    return result;
  }

  return {
    publish: (channel, data, { idempotencyKey } = {}) =>
      request("publish", { channel, data, idempotency_key: idempotencyKey }),
  };
}
