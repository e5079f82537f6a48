/**
 * The requests with which Centrifugo asks a backend, and the backend's answers. The embedded
 * broker makes the same requests in process.
 *
 * Source: https://centrifugal.dev/docs/server/proxy
 */

/** What every proxy request says of the connection. The user ID is verified by Centrifugo. */
export interface ProxyConnection {
  /** The connection's ID, a UUID. */
  client: string;
  transport: string;
  protocol: string;
  encoding: string;
  /** From the token's `sub`; empty for an anonymous connection. */
  user: string;
  /** From the token's `meta`; sent with `include_connection_meta` only. */
  meta?: unknown;
}

/** The RPC proxy's request. */
export interface RpcProxyRequest extends ProxyConnection {
  method: string;
  data?: unknown;
}

/** The publish proxy's request. */
export interface PublishProxyRequest extends ProxyConnection {
  channel: string;
  data?: unknown;
}

/** An error or a disconnect in answer to a proxy request. */
export interface ProxyFailure {
  error?: { code: number; message: string; temporary?: boolean };
  disconnect?: { code: number; reason: string };
}

/** The answer to an {@link RpcProxyRequest}. */
export interface RpcProxyResponse extends ProxyFailure {
  result?: { data?: unknown };
}

/** The answer to a {@link PublishProxyRequest}: `data` replaces what is published. */
export interface PublishProxyResponse extends ProxyFailure {
  result?: { data?: unknown; skip_history?: boolean };
}

/** Who answers proxy requests: the gateway. */
export interface ProxyBackend {
  rpc(request: RpcProxyRequest): Promise<RpcProxyResponse>;
  publish(request: PublishProxyRequest): Promise<PublishProxyResponse>;
}
