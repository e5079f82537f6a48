import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createToken } from "centrifugo-rpc/gateway";
import { freePort } from "../../testing/ports.js";
import { startRedis } from "../../testing/processes/redis.js";
import { startBalancer } from "../cluster/balancer.js";
import { secrets, startClusterNode } from "../cluster/cluster.js";
import { startLink, type Link } from "./link.js";
import { ChildProgram, type Program } from "./program.js";

/** The programs that the system is made of. */
export interface Toolchain {
  readonly centrifugo: string;
  readonly redis: string;
  readonly python: string;
}

/**
 * Two nodes and two gateways with a balancer in front of each pair, two handler services with
 * different methods, and Redis. Between all of them is a network that can be bad.
 */
export interface System {
  /** The WebSocket URL of the nodes, through {@link clientLink}. */
  readonly url: string;
  readonly nodes: readonly Program[];
  readonly gateways: readonly ChildProgram[];
  readonly services: readonly ChildProgram[];
  readonly redis: Program;
  /** Between the clients and the nodes. */
  readonly clientLink: Link;
  /** Between the nodes and the gateways. */
  readonly gatewayLink: Link;
  /** Between the gateways and each of the handler services. */
  readonly serviceLinks: readonly Link[];
  /** Between the gateways and their Redis. */
  readonly redisLink: Link;
  /** What the handlers wrote. */
  readonly journal: string;
  token(userId: string): Promise<string>;
  close(): Promise<void>;
}

const root = resolve(import.meta.dirname, "../..");
const SERVICE_SECRET = "chaos-handler-service-secret-of-32-bytes";

/** How long a gateway accepts calls after SIGTERM, in seconds: several checks of the balancer. */
const GRACE_SECONDS = 1;

/** Starts the system on free ports, with its logs and its journal in a new folder. */
export async function startSystem(toolchain: Toolchain): Promise<System> {
  const folder = mkdtempSync(join(tmpdir(), "chaos-"));
  const journal = join(folder, "journal.jsonl");
  writeFileSync(journal, "");
  const closing: (() => unknown)[] = [];
  const part = async <T extends { close(): unknown }>(starting: Promise<T>): Promise<T> => {
    const started = await starting;
    closing.push(() => started.close());
    return started;
  };
  const launch = async <T extends Program>(program: T): Promise<T> => {
    closing.push(() => program.kill());
    await program.start();
    return program;
  };
  const close = async (): Promise<void> => {
    await Promise.all(closing.map((end) => end()));
  };
  const ports = async (): Promise<[number, number]> => [await freePort(), await freePort()];
  try {
    const [nodePorts, gatewayPorts, servicePorts] = [await ports(), await ports(), await ports()];
    const redisPort = await freePort();
    const redis = await launch(programOf(() => startRedis(toolchain.redis, redisPort)));
    const redisLink = await part(startLink(redisPort));

    const serviceLinks = await Promise.all(servicePorts.map((port) => part(startLink(port))));
    const service = (port: number, index: number) =>
      new ChildProgram({
        command: [
          toolchain.python,
          join(import.meta.dirname, "service.py"),
          index === 0 ? "first" : "second",
          `${port}`,
          journal,
        ],
        env: {
          PATH: process.env["PATH"] ?? "",
          PYTHONPATH: join(root, "python"),
          CENTRIFUGO_HANDLER_SERVICE_SECRET: SERVICE_SECRET,
        },
        cwd: folder,
        logFile: join(folder, `service-${index}.log`),
        link: serviceLinks[index]!,
        readyUrl: `http://127.0.0.1:${port}/health`,
      });
    const services = await Promise.all(servicePorts.map((port, at) => launch(service(port, at))));

    const apiBalancer = await part(startBalancer(nodePorts));
    const gateway = (port: number, index: number) =>
      new ChildProgram({
        command: [
          process.execPath,
          join(root, "dist/cli/main.js"),
          "serve",
          join(import.meta.dirname, "handlers.ts"),
          `--port=${port}`,
          `--grace=${GRACE_SECONDS}`,
          `--redis=redis://127.0.0.1:${redisLink.port}`,
          ...serviceLinks.map((link) => `--service=http://127.0.0.1:${link.port}`),
        ],
        env: {
          PATH: process.env["PATH"] ?? "",
          CENTRIFUGO_URL: `ws://127.0.0.1:${nodePorts[0]}/connection/websocket`,
          CENTRIFUGO_API_URL: `http://127.0.0.1:${apiBalancer.port}/api`,
          CENTRIFUGO_API_KEY: secrets.apiKey,
          CENTRIFUGO_TOKEN_HMAC_SECRET: secrets.tokenHmacSecret,
          CENTRIFUGO_PROXY_SECRET: secrets.proxySecret,
          CENTRIFUGO_WRAPPER_URL: `http://127.0.0.1:${port}`,
          CENTRIFUGO_WRAPPER_API_KEY: secrets.wrapperApiKey,
          CENTRIFUGO_HANDLER_SERVICE_SECRET: SERVICE_SECRET,
          CENTRIFUGO_LOG_ALL_CALLS: "false",
          CHAOS_JOURNAL: journal,
        },
        cwd: folder,
        logFile: join(folder, `gateway-${index}.log`),
        readyUrl: `http://127.0.0.1:${port}/ready`,
      });
    const gatewayBalancer = await part(startBalancer(gatewayPorts, "/ready"));
    const gatewayLink = await part(startLink(gatewayBalancer.port));
    const node = (port: number) =>
      programOf(() =>
        startClusterNode(toolchain.centrifugo, {
          port,
          gatewayUrl: `http://127.0.0.1:${gatewayLink.port}`,
          redisUrl: `redis://127.0.0.1:${redisPort}`,
        }),
      );
    const nodes = await Promise.all(nodePorts.map((port) => launch(node(port))));
    const gateways = await Promise.all(gatewayPorts.map((port, at) => launch(gateway(port, at))));
    await gatewayBalancer.ready();

    const nodeBalancer = await part(startBalancer(nodePorts));
    const clientLink = await part(startLink(nodeBalancer.port));
    return {
      url: `ws://127.0.0.1:${clientLink.port}/connection/websocket`,
      nodes,
      gateways,
      services,
      redis,
      clientLink,
      gatewayLink,
      serviceLinks,
      redisLink,
      journal,
      token: (userId) => createToken({ secret: secrets.tokenHmacSecret, userId }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A program that a fault can stop and start again. */
function programOf<T extends { kill(): Promise<void>; close(): Promise<void> }>(
  startOne: () => Promise<T>,
): Program {
  let running: T | undefined;
  const take = (): T | undefined => {
    const taken = running;
    running = undefined;
    return taken;
  };
  return {
    start: async () => void (running = await startOne()),
    kill: async () => await take()?.kill(),
    stop: async () => await take()?.close(),
  };
}
