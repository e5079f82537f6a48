import { z } from "zod";
import { withoutTrailingSlash } from "../../protocol/index.js";
import { createBrokerApi, refusal, type BrokerApi } from "./broker-api.js";
import { CentrifugoApiError } from "./api-error.js";
import { fetchFailure } from "../http/fetch-failure.js";
import { checkHeaderSecret, checkHttpUrl } from "../http/secret.js";

/** Where Centrifugo's HTTP API is, and its key. */
export interface CentrifugoApiOptions {
  /** The API's URL, usually `http://localhost:8000/api`. */
  url: string;
  apiKey: string;
  /** How long one request may take, in milliseconds. Default 5000. */
  timeoutMs?: number;
}

const replySchema = z.object({
  result: z.unknown().optional(),
  error: z.object({ code: z.number(), message: z.string() }).optional(),
});

/**
 * The server API of a Centrifugo over HTTP.
 *
 * See https://centrifugal.dev/docs/server/server_api
 *
 * @throws ArgumentError for a key that an HTTP header cannot carry, and for an invalid URL.
 */
export function createCentrifugoApi(options: CentrifugoApiOptions): BrokerApi {
  const { url, apiKey, timeoutMs = 5000 } = options;
  checkHeaderSecret("apiKey", apiKey);
  checkHttpUrl("url", url, "http://localhost:8000/api");

  async function api(method: string, params: object): Promise<unknown> {
    const body = JSON.stringify(params);
    const response = await fetch(`${withoutTrailingSlash(url)}/${method}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-API-Key": apiKey },
      body,
      // The key must not reach another server.
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((error: unknown) => {
      throw unreachable(error);
    });
    if (response.status === 401) {
      await response.body?.cancel();
      throw new CentrifugoApiError("Centrifugo refused the API key: check CENTRIFUGO_API_KEY");
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new CentrifugoApiError(
        `Centrifugo's API answered with HTTP status ${response.status}`,
        { retryable: response.status >= 500, outcomeUnknown: response.status >= 500 },
      );
    }
    const { result, error } = await readReply(response);
    if (error) throw refusal(method, error);
    return result;
  }

  return createBrokerApi({ api });
}

async function readReply(response: Response): Promise<z.output<typeof replySchema>> {
  const text = await response.text().catch((error: unknown) => {
    throw unreachable(error);
  });
  try {
    return replySchema.parse(JSON.parse(text));
  } catch (error) {
    const message = "unexpected response from Centrifugo's API: check CENTRIFUGO_API_URL";
    throw new CentrifugoApiError(message, { cause: error });
  }
}

function unreachable(error: unknown): CentrifugoApiError {
  const { reason, outcomeUnknown } = fetchFailure(error);
  const message = `Centrifugo's API cannot be reached: ${reason}`;
  return new CentrifugoApiError(message, { retryable: true, outcomeUnknown, cause: error });
}
