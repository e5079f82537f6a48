import type { ProxyBackend } from "../../protocol/index.js";
import { startBroker, type BrokerConfig } from "../index.js";
import { startCentrifugoServer } from "./centrifugo.js";
import { SECRET } from "../../../testing/tokens.js";

export const API_KEY = "test-api-key";

/** A server under test: the embedded broker, or Centrifugo itself when CENTRIFUGO_BIN names it. */
export interface TestServer extends AsyncDisposable {
  url: string;
  apiUrl: string;
}

/** The path of a real Centrifugo to run the protocol tests against, instead of the broker. */
export const CENTRIFUGO_BIN = process.env["CENTRIFUGO_BIN"];

/** A backend with the methods that the test needs; the others return an empty result. */
export function testBackend(backend: Partial<ProxyBackend> = {}): ProxyBackend {
  return { rpc: async () => ({}), publish: async () => ({}), ...backend };
}

/** Starts a server with `config`, a known token secret and a known API key. */
export async function startServer(
  config: BrokerConfig = {},
  backend: ProxyBackend = testBackend(),
): Promise<TestServer> {
  const full: BrokerConfig = {
    ...config,
    client: { token: { hmac_secret_key: SECRET }, ...config.client },
    http_api: { key: API_KEY, ...config.http_api },
  };
  if (CENTRIFUGO_BIN) return startCentrifugoServer(CENTRIFUGO_BIN, full, backend);
  return startBroker({ config: full, backend, port: 0 });
}

/** Calls the server API and returns the parsed body. */
export async function callApi(
  server: TestServer,
  method: string,
  params: object,
): Promise<unknown> {
  const response = await fetch(`${server.apiUrl}/${method}`, {
    method: "POST",
    headers: { "X-API-Key": API_KEY },
    body: JSON.stringify(params),
  });
  return response.json();
}
