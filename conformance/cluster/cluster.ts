import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import type { MessagePublisher } from "centrifugo-rpc";
import { centrifugoConfig, createPublisher, createToken } from "centrifugo-rpc/gateway";
import { freePort } from "../../testing/ports.js";
import { startCentrifugo, type CentrifugoProcess } from "../../testing/processes/centrifugo.js";
import { startBalancer, type Balancer } from "./balancer.js";
import { startGatewayProcess, type GatewayProcess } from "./gateway-launcher.js";
import { startRedis, type RedisProcess } from "../../testing/processes/redis.js";

/** The programs that a cluster is made of. */
export interface ClusterPrograms {
  readonly centrifugo: string;
  readonly redis: string;
}

/** What a cluster may have that others have not. */
export interface ClusterOptions {
  /** Where gateways publish: at the first node, or at any through a balancer. */
  readonly api: "first node" | "any node";
  /** Whether the gateways share their calls. Default true. */
  readonly sharedCalls?: boolean;
  /** The nodes' `client.concurrency`. Default: what `centrifugoConfig` sets. */
  readonly concurrency?: number;
}

/** One Centrifugo of a cluster. */
export interface ClusterNode extends CentrifugoProcess {
  readonly port: number;
  /** For clients that must be on this node. */
  readonly url: string;
  /** One command of its server API. */
  api(method: string, params: object): Promise<unknown>;
}

/** Two Centrifugo nodes on one Redis, and two gateways, each behind a balancer. */
export interface Cluster {
  /** The WebSocket URL, through the balancer in front of the nodes. */
  readonly url: string;
  readonly nodes: readonly [ClusterNode, ClusterNode];
  /** Those that run at the moment. */
  readonly gateways: readonly [GatewayProcess, GatewayProcess];
  readonly redis: RedisProcess;
  /** Restarts a gateway as a rolling restart does, on the same port. */
  restartGateway(index: 0 | 1): Promise<void>;
  /** In front of the nodes, for clients. */
  readonly nodeBalancer: Balancer;
  /** In front of the gateways. */
  readonly gatewayBalancer: Balancer;
  /** Publishes through this one of the gateways. */
  publisher(gateway: 0 | 1): MessagePublisher;
  token(userId: string): Promise<string>;
  /** A connected client. */
  connect(userId: string, url?: string): Promise<CentrifugoRPCClient>;
  /** Disconnects the clients and stops everything that still runs. */
  close(): Promise<void>;
}

/** Replies that take longer come on the user's channel. */
export const INLINE_TIMEOUT_MS = 300;

/** The keys and secrets of every cluster. */
export const secrets = {
  tokenHmacSecret: "cluster-hmac-secret",
  apiKey: "cluster-api-key",
  proxySecret: "cluster-proxy-secret",
  wrapperApiKey: "cluster-wrapper-key",
};

/** Starts a cluster on free ports. */
export async function startCluster(
  programs: ClusterPrograms,
  options: ClusterOptions,
): Promise<Cluster> {
  const parts: Part[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(parts.map((part) => part.close()));
  };
  try {
    return { ...(await startParts(programs, options, parts)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Part {
  close(): unknown;
}

async function startParts(
  programs: ClusterPrograms,
  { api, sharedCalls = true, concurrency }: ClusterOptions,
  parts: Part[],
): Promise<Omit<Cluster, "close">> {
  /** Has a part closed with the cluster, also when another one does not start. */
  async function part<T extends Part>(starting: Promise<T>): Promise<T> {
    const started = await starting;
    parts.push(started);
    return started;
  }

  const redis = await part(startRedis(programs.redis));
  const ports = [await freePort(), await freePort()] as const;
  const nodeBalancer = await part(startBalancer(ports));
  const apiBalancer = await part(startBalancer(api === "any node" ? ports : [ports[0]]));
  const startGateway = (port = 0) =>
    startGatewayProcess({
      port,
      apiUrl: `http://127.0.0.1:${apiBalancer.port}/api`,
      apiKey: secrets.apiKey,
      proxySecret: secrets.proxySecret,
      wrapperApiKey: secrets.wrapperApiKey,
      inlineTimeoutMs: INLINE_TIMEOUT_MS,
      ...(sharedCalls ? { redisUrl: redis.url } : {}),
    });
  const gateways = await Promise.all([part(startGateway()), part(startGateway())]);
  const gatewayPorts = gateways.map(({ port }) => port);
  const gatewayBalancer = await part(startBalancer(gatewayPorts, "/ready"));
  const startNode = (port: number) =>
    startClusterNode(programs.centrifugo, {
      port,
      gatewayUrl: `http://127.0.0.1:${gatewayBalancer.port}`,
      redisUrl: redis.url,
      ...(concurrency === undefined ? {} : { concurrency }),
    });
  const nodes = await Promise.all([part(startNode(ports[0])), part(startNode(ports[1]))]);
  // Else the connections of the nodes, which they keep, all go to the gateway that is ready first.
  await gatewayBalancer.ready();

  const url = `ws://127.0.0.1:${nodeBalancer.port}/connection/websocket`;
  const token = (userId: string) => createToken({ secret: secrets.tokenHmacSecret, userId });
  return {
    url,
    nodes,
    gateways,
    redis,
    async restartGateway(index) {
      const { port } = gateways[index];
      await gateways[index].stop();
      gateways[index] = await part(startGateway(port));
    },
    nodeBalancer,
    gatewayBalancer,
    publisher: (gateway) =>
      createPublisher({ wrapperUrl: gateways[gateway].url, apiKey: secrets.wrapperApiKey }),
    token,
    async connect(userId, at = url) {
      const client = new CentrifugoRPCClient(at, await token(userId), userId);
      parts.push({ close: () => client.disconnect() });
      await client.connect();
      return client;
    },
  };
}

/** Starts a Centrifugo node that works with others through a Redis. */
export async function startClusterNode(
  binary: string,
  options: { port: number; gatewayUrl: string; redisUrl: string; concurrency?: number },
): Promise<ClusterNode> {
  const { port, gatewayUrl, redisUrl } = options;
  const base = centrifugoConfig({ ...secrets, port, gatewayUrl });
  const concurrency = options.concurrency ?? base.client.concurrency;
  const config = {
    ...base,
    client: { ...base.client, concurrency },
    engine: { type: "redis", redis: { address: redisUrl } },
    prometheus: { enabled: true },
  };
  return {
    ...(await startCentrifugo(binary, config)),
    port,
    url: `ws://127.0.0.1:${port}/connection/websocket`,
    async api(method, params) {
      const response = await fetch(`http://127.0.0.1:${port}/api/${method}`, {
        method: "POST",
        headers: { "X-API-Key": secrets.apiKey },
        body: JSON.stringify(params),
      });
      return await response.json();
    },
  };
}
