// Whole set-ups to check: gateway and Centrifugo, or the embedded broker.
import { freePort } from "../../../../testing/ports.js";
import { startCentrifugo } from "../../../../testing/processes/centrifugo.js";
import { startBroker } from "../../../broker/index.js";
import {
  centrifugoConfig,
  createCentrifugoApi,
  createGateway,
  MESSAGE_SIZE_LIMIT,
  startGatewayServer,
  type GatewayOptions,
  type Publisher,
} from "../../../gateway/index.js";
import { createRouter, Registry } from "../../../handlers/index.js";
import { CONFIG_VARIABLES } from "../../../config/index.js";
import { runChecks, type Result } from "../run.js";
import type { SessionOptions, SetupConfig } from "../session.js";

type Settings = ReturnType<typeof centrifugoConfig>;

const secrets = {
  centrifugoApiKey: "api-key",
  centrifugoTokenHmacSecret: "hmac-secret",
  proxySecret: "proxy-secret",
  handlerServiceSecret: "service-secret",
};

/** Something that runs and can be checked. */
export interface TestSetup extends AsyncDisposable {
  readonly config: SetupConfig;
  /** What the checks find; the configuration can be replaced in part. */
  check(options?: Omit<SessionOptions, "config">, config?: Partial<SetupConfig>): Promise<Result[]>;
}

/** What makes a set-up wrong. */
export interface Fault {
  /** Added to Centrifugo's configuration, by path. */
  settings?: Record<string, unknown>;
  /** The gateway's options. */
  gateway?: Partial<GatewayOptions>;
  /** The key with which the gateway publishes. */
  publisherKey?: string;
}

/** A set-up whose Centrifugo can be fixed. */
export interface CentrifugoSetup extends TestSetup {
  /** Starts Centrifugo again, with lines of JSON added to its configuration. */
  fix(lines: readonly string[]): Promise<void>;
}

/** A gateway of its own, behind a real Centrifugo. */
export async function centrifugoSetup(binary: string, fault: Fault = {}): Promise<CentrifugoSetup> {
  const port = await freePort();
  const centrifugoApiUrl = `http://127.0.0.1:${port}/api`;
  const apiKey = fault.publisherKey ?? secrets.centrifugoApiKey;
  const { server } = await gatewayServer(
    createCentrifugoApi({ url: centrifugoApiUrl, apiKey }),
    fault,
  );
  const config = settings(server.url, port);
  for (const [path, value] of Object.entries(fault.settings ?? {})) {
    merge(config, nested(path, value));
  }
  let centrifugo = await startCentrifugo(binary, config);
  const { check, config: ours } = setup({
    centrifugoUrl: `ws://127.0.0.1:${port}/connection/websocket`,
    centrifugoApiUrl,
    wrapperUrl: server.url,
  });
  return {
    config: ours,
    check,
    async fix(lines) {
      await centrifugo.close();
      for (const line of lines) merge(config, JSON.parse(`{ ${withSecrets(line)} }`) as object);
      centrifugo = await startCentrifugo(binary, config);
    },
    async [Symbol.asyncDispose]() {
      await centrifugo.close();
      await server.close();
    },
  };
}

/** A gateway of its own, with the embedded broker. */
export async function embeddedSetup(): Promise<TestSetup> {
  const { gateway, server } = await gatewayServer({
    publish: (channel, data, options) => broker.publish(channel, data, options),
  });
  const broker = await startBroker({
    config: settings(server.url, 0),
    backend: gateway,
    port: 0,
  });
  return {
    ...setup({
      centrifugoUrl: broker.url,
      centrifugoApiUrl: broker.apiUrl,
      wrapperUrl: server.url,
    }),
    async [Symbol.asyncDispose]() {
      await broker.close();
      await server.close();
    },
  };
}

async function gatewayServer(publisher: Publisher, fault: Fault = {}) {
  const gateway = createGateway({
    router: createRouter(new Registry()),
    publisher,
    // Short: a probe takes as long.
    inlineTimeoutMs: 100,
    maxMessageBytes: MESSAGE_SIZE_LIMIT,
    ...fault.gateway,
  });
  const { proxySecret } = secrets;
  return { gateway, server: await startGatewayServer({ gateway, proxySecret, port: 0 }) };
}

function settings(gatewayUrl: string, port: number): Settings {
  return centrifugoConfig({
    port,
    gatewayUrl,
    tokenHmacSecret: secrets.centrifugoTokenHmacSecret,
    apiKey: secrets.centrifugoApiKey,
    proxySecret: secrets.proxySecret,
    allowedOrigins: ["https://app.example.com"],
  });
}

/** `value` below the keys of a path. */
function nested(path: string, value: unknown): object {
  return path.split(".").reduceRight((inner, key) => ({ [key]: inner }), value) as object;
}

/** Adds settings to a configuration, in place of those with the same path. */
function merge(config: object, added: object): void {
  const target = config as Record<string, unknown>;
  for (const [key, value] of Object.entries(added)) {
    const before = target[key];
    if (isObject(before) && isObject(value)) merge(before, value);
    else target[key] = value;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function withSecrets(line: string): string {
  return Object.entries(secrets).reduce(
    (text, [field, secret]) =>
      text.replace(`<${CONFIG_VARIABLES[field as keyof typeof secrets]}>`, secret),
    line,
  );
}

function setup(
  urls: Omit<SetupConfig, keyof typeof secrets | "handlerServices">,
): Pick<TestSetup, "config" | "check"> {
  const config = { ...secrets, ...urls, handlerServices: [] };
  return {
    config,
    check: (options = {}, changes = {}) =>
      runChecks({ ...options, config: { ...config, ...changes } }),
  };
}

/** The checks that did not pass, with the lines that fix them. */
export function notPassed(results: readonly Result[]): [id: string, status: string, ...string[]][] {
  return results
    .filter(({ status }) => status === "wrong" || status === "warning")
    .map(({ id, status, fixes }) => [id, status, ...fixes.map(({ line }) => line)]);
}
