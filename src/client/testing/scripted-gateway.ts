import { onTestFinished } from "vitest";
import { startBroker, type Broker } from "../../broker/index.js";
import { centrifugoConfig, createToken } from "../../gateway/index.js";
import type { ProxyFailure, RpcProxyRequest, RpcProxyResponse } from "../../protocol/index.js";
import { CentrifugoRPCClient, type CentrifugoRPCClientOptions } from "../index.js";

export const secrets = { tokenHmacSecret: "hmac", apiKey: "key", proxySecret: "secret" };
export const hello = { $rpc: 1, versions: [1], epoch: "e1", max_message_bytes: 1000 };

/**
 * A broker whose gateway answers as the test says, and a client for it. An answer may throw an error
 * of the proxy protocol, `{ code, message }`.
 */
export async function setUp(
  answer: (request: RpcProxyRequest, broker: Broker) => unknown,
  greet: () => object = () => hello,
  options: CentrifugoRPCClientOptions = {},
) {
  const requests: RpcProxyRequest[] = [];
  const broker: Broker = await startBroker({
    config: centrifugoConfig({ ...secrets, gatewayUrl: "http://127.0.0.1" }),
    port: 0,
    backend: {
      async rpc(request): Promise<RpcProxyResponse> {
        requests.push(request);
        const isHello = request.method === "$rpc.hello";
        try {
          return { result: { data: isHello ? greet() : await answer(request, broker) } };
        } catch (error) {
          if (error instanceof Error) throw error;
          return { error: error as ProxyFailure["error"] & object };
        }
      },
      publish: () => Promise.resolve({}),
    },
  });
  const token = await createToken({ secret: secrets.tokenHmacSecret, userId: "42" });
  const client = new CentrifugoRPCClient(broker.url, token, "42", options);
  // The last first.
  onTestFinished(() => broker.close());
  onTestFinished(() => client.disconnect());
  return { broker, client, requests };
}

const idOf = (request: RpcProxyRequest): string =>
  (request.data as { correlation_id: string }).correlation_id;
/** A reply to a call. */
export const reply = (request: RpcProxyRequest, body: object) => ({
  $rpc: 1,
  correlation_id: idOf(request),
  ...body,
});
