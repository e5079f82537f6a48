import { within } from "../protocol/index.js";
import type {
  ProxyBackend,
  ProxyFailure,
  PublishProxyRequest,
  PublishProxyResponse,
  RpcProxyRequest,
  RpcProxyResponse,
} from "../protocol/index.js";
import { CommandError, Disconnect, ERRORS } from "./protocol/codes.js";
import type { ProxyConfig, ResolvedConfig } from "./config/config-schema.js";
import type { BrokerLog } from "./broker-log.js";
import type { RawJson } from "./protocol/raw-json.js";

/** The connection that calls the backend. */
export interface ProxyCaller {
  id: string;
  user: string;
  meta: RawJson | undefined;
}

/**
 * Calls the backend as Centrifugo calls its RPC and publish proxies:
 * https://centrifugal.dev/docs/server/proxy. If the backend fails or does not answer within the
 * proxy's timeout, the caller gets error 100. The backend's own errors and disconnects are thrown.
 */
export class BackendProxy {
  constructor(
    private readonly backend: ProxyBackend,
    private readonly config: ResolvedConfig,
    private readonly log: BrokerLog,
  ) {}

  async rpc(
    caller: ProxyCaller,
    call: Pick<RpcProxyRequest, "method" | "data">,
  ): Promise<RpcProxyResponse["result"]> {
    const { proxy } = this.config.rpc;
    const request = { ...describe(caller, proxy), ...call };
    const response = await this.#ask(() => this.backend.rpc(request), proxy.timeout, call);
    return resultOf(response);
  }

  async publish(
    caller: ProxyCaller,
    publication: Pick<PublishProxyRequest, "channel" | "data">,
  ): Promise<PublishProxyResponse["result"]> {
    const proxy = this.config.channel.proxy.publish;
    const request = { ...describe(caller, proxy), ...publication };
    const { channel } = publication;
    const response = await this.#ask(() => this.backend.publish(request), proxy.timeout, {
      channel,
    });
    return resultOf(response);
  }

  async #ask<T>(call: () => Promise<T>, timeoutMs: number, what: object): Promise<T> {
    try {
      return await within(timeoutMs, call(), () => {
        throw new Error(`no answer within ${timeoutMs} ms`);
      });
    } catch (error) {
      this.log.error({ err: error, ...what }, "the backend did not answer a proxy request");
      throw ERRORS.internal;
    }
  }
}

function describe(caller: ProxyCaller, { include_connection_meta }: ProxyConfig) {
  const described = {
    client: caller.id,
    transport: "websocket",
    protocol: "json",
    encoding: "json",
    user: caller.user,
  };
  const { meta } = caller;
  return include_connection_meta && meta ? { ...described, meta: meta.parse() } : described;
}

/** A disconnect takes precedence over an error, and an error over a result. */
function resultOf<Result>(response: ProxyFailure & { result?: Result }): Result | undefined {
  const { disconnect, error, result } = response;
  if (disconnect) throw new Disconnect(disconnect.code, disconnect.reason);
  if (error) throw new CommandError(error.code, error.message, error.temporary);
  return result;
}
