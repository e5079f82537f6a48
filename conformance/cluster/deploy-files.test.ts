// The files of deploy/, as far as they can be tested without containers: that they fit each other,
// our variables and Centrifugo's configuration, and that what they start works together.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseEnv } from "node:util";
import { CONFIG_VARIABLES } from "centrifugo-rpc";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { createToken } from "centrifugo-rpc/gateway";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { freePort } from "../../testing/ports.js";
import { startCentrifugo } from "../../testing/processes/centrifugo.js";
import { describeCluster } from "./programs.js";
import { CONFIG_DEFAULTS } from "../../src/config/index.js";
import { startRedis } from "../../testing/processes/redis.js";

const root = resolve(import.meta.dirname, "../..");
const read = (name: string): string => readFileSync(join(root, "deploy", name), "utf8");

const env = parseEnv(read("gateway.env.example")) as Record<string, string>;
const haproxy = read("haproxy.cfg");
const compose = parse(read("compose.yaml"), { merge: true }) as {
  services: Record<string, ComposeService>;
};
const objects = parseAllDocuments(read("kubernetes.yaml")).map(
  (document) => document.toJS() as KubernetesObject,
);

interface ComposeService {
  image?: string;
  build?: string;
  env_file?: string;
  environment?: unknown;
  ports?: string[];
  volumes?: string[];
  networks?: { default: { aliases: string[] } };
}

interface KubernetesObject {
  kind: string;
  metadata: { name: string };
  spec: {
    selector: Record<string, unknown>;
    ports?: { port: number; targetPort: string }[];
    template?: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  };
}

interface PodSpec {
  enableServiceLinks?: boolean;
  containers: {
    name: string;
    image: string;
    env?: unknown;
    envFrom?: { secretRef: { name: string } }[];
    ports: { name: string; containerPort: number }[];
    readinessProbe?: { httpGet: { path: string; port: string } };
  }[];
}

/** The hosts and ports of the URLs in gateway.env. */
const addresses = Object.values(env)
  .filter((value) => URL.canParse(value))
  .map((value) => new URL(value))
  .map(({ hostname, port }) => ({ host: hostname, port: Number(port) }));

const centrifugoVersion = /centrifugo\/v6 (v\S+)/.exec(
  readFileSync(join(root, "conformance/centrifugo/go.mod"), "utf8"),
)?.[1];

describe("gateway.env.example", () => {
  it("has every variable that must be given, and none that is not ours", () => {
    const ours = Object.values<string>(CONFIG_VARIABLES);
    const names = Object.keys(env).filter((name) => name.startsWith("CENTRIFUGO_"));
    expect(ours).toEqual(expect.arrayContaining(names));
    expect(Object.keys(env).toSorted()).toEqual([
      "CENTRIFUGO_API_KEY",
      "CENTRIFUGO_API_URL",
      "CENTRIFUGO_PROXY_SECRET",
      "CENTRIFUGO_TOKEN_HMAC_SECRET",
      "CENTRIFUGO_URL",
      "CENTRIFUGO_WRAPPER_API_KEY",
      "CENTRIFUGO_WRAPPER_URL",
      "REDIS_URL",
    ]);
  });
});

it("the gateways' user can write the call log, at its default place", () => {
  const place = "/app/.centrifugo-rpc";
  expect(dirname(resolve("/app", CONFIG_DEFAULTS.logDatabaseUrl.slice("file:".length)))).toBe(
    place,
  );
  const [root = "", user] = read("Dockerfile").split("USER node");
  expect(root).toMatch(/^RUN install .*--owner=node .* \.centrifugo-rpc$/m);
  expect(user).not.toMatch(/^USER /m);
  for (const name of ["gateway-1", "gateway-2"]) {
    expect(compose.services[name]?.volumes).toEqual([`call-log:${place}`]);
  }
  const pods = objects.find(
    ({ kind, metadata }) => kind === "Deployment" && metadata.name === "gateway",
  );
  expect(pods?.spec.template?.spec).toMatchObject({
    securityContext: { fsGroup: 1000 },
    containers: [{ volumeMounts: [{ mountPath: place }] }],
  });
});

describe("compose.yaml and haproxy.cfg", () => {
  const { services } = compose;

  it("give Centrifugo and the gateways variables of their own", () => {
    expect(compose.services).toMatchObject({
      "centrifugo-1": { env_file: "centrifugo.env" },
      "centrifugo-2": { env_file: "centrifugo.env" },
      "gateway-1": { env_file: "gateway.env" },
      "gateway-2": { env_file: "gateway.env" },
    });
    expect(Object.values(services).filter(({ environment }) => environment)).toEqual([]);
  });

  it("run the Centrifugo that the tests run", () => {
    expect(services["centrifugo-1"]?.image).toBe(`centrifugo/centrifugo:${centrifugoVersion}`);
  });

  it("have every address that the gateways use", () => {
    const aliases = services["balancer"]?.networks?.default.aliases ?? [];
    const bound = [...haproxy.matchAll(/bind :(\d+)/g)].map(([, port]) => Number(port));
    const offered = [
      ...aliases.flatMap((host) => bound.map((port) => ({ host, port }))),
      { host: "redis", port: 6379 },
    ];
    expect(services["redis"]?.image).toBe("redis:7");
    expect(offered).toEqual(expect.arrayContaining(addresses));
  });

  it("balance over services that exist, and over all of them", () => {
    const servers = [...haproxy.matchAll(/^ +server (\S+) (\S+):\d+/gm)];
    expect(servers.every(([, name, host]) => name === host)).toBe(true);
    const balanced = new Set(servers.map(([, , host]) => host));
    expect([...balanced]).toEqual(Object.keys(services).filter((name) => /-\d$/.test(name)));
  });

  it("let clients in, and nobody else", () => {
    const published = Object.entries(services).filter(([, { ports }]) => ports);
    expect(published.map(([name, { ports }]) => [name, ports])).toEqual([
      ["balancer", ["8000:8000"]],
    ]);
    expect(haproxy).toMatch(/frontend clients\n +bind :8000\n/);
  });
});

describe("kubernetes.yaml", () => {
  const deployments = objects.filter(({ kind }) => kind === "Deployment");
  const services = objects.filter(({ kind }) => kind === "Service");
  const pod = (name: string): PodSpec | undefined =>
    deployments.find(({ metadata }) => metadata.name === name)?.spec.template?.spec;

  it("has nothing that it should not have", () => {
    expect(objects).toHaveLength(deployments.length + services.length);
    expect(deployments.map(({ metadata }) => metadata.name)).toEqual([
      "centrifugo",
      "gateway",
      "redis",
    ]);
  });

  it("keeps variables of the other program out of each pod", () => {
    for (const { spec } of deployments) {
      expect(spec.template?.spec.enableServiceLinks).toBe(false);
      expect(spec.template?.spec.containers.every(({ env }) => env === undefined)).toBe(true);
    }
    expect(pod("centrifugo")?.containers[0]?.envFrom).toBeUndefined();
    expect(pod("gateway")?.containers[0]?.envFrom).toEqual([{ secretRef: { name: "gateway" } }]);
  });

  it("runs the Centrifugo that the tests run", () => {
    const image = `centrifugo/centrifugo:${centrifugoVersion}`;
    expect(pod("centrifugo")?.containers[0]?.image).toBe(image);
  });

  it("has a service for every address that the gateways use", () => {
    const offered = services.flatMap(({ metadata, spec }) =>
      (spec.ports ?? []).map(({ port }) => ({ host: metadata.name, port })),
    );
    expect(offered).toEqual(expect.arrayContaining(addresses));
  });

  it("leads each service to a port of pods that exist", () => {
    for (const { spec } of services) {
      const target = deployments.find(
        ({ spec: { template } }) => template?.metadata.labels["app"] === spec.selector["app"],
      );
      const [container] = target?.spec.template?.spec.containers ?? [];
      for (const { port, targetPort } of spec.ports ?? []) {
        expect(container?.ports).toContainEqual({ name: targetPort, containerPort: port });
      }
    }
    for (const { spec } of deployments) {
      expect(spec.selector["matchLabels"]).toEqual(spec.template?.metadata.labels);
    }
  });
});

describeCluster("what deploy/ starts", (programs) => {
  const secrets = Object.fromEntries(
    Object.keys(env)
      .filter((name) => env[name] === "")
      .map((name) => [name, `secret of ${name}`]),
  );

  it("answers calls, with the configuration and the gateway of docs/deploy.md", async () => {
    const config = configure({ ...env, ...secrets });
    expect(config.http_server).toEqual({ address: "0.0.0.0", port: "8000", internal_port: "9000" });
    expect(config.engine.redis.address).toEqual([env["REDIS_URL"]]);

    const redis = await startRedis(programs.redis);
    onTestFinished(() => redis.close());
    const port = await freePort();
    const gateway = await startGateway({
      ...env,
      ...secrets,
      CENTRIFUGO_API_URL: `http://127.0.0.1:${port}/api`,
      REDIS_URL: redis.url,
    });
    onTestFinished(() => gateway.stop().then(() => undefined));
    // The same, with the addresses of this machine.
    const local = JSON.parse(
      JSON.stringify({ ...config, http_server: { address: "127.0.0.1", port: String(port) } })
        .replaceAll(env["CENTRIFUGO_WRAPPER_URL"] ?? "", `http://127.0.0.1:${gateway.port}`)
        .replaceAll(env["REDIS_URL"] ?? "", redis.url),
    ) as { http_server: { port: string } };
    const centrifugo = await startCentrifugo(programs.centrifugo, local);
    onTestFinished(() => centrifugo.close());

    const secret = secrets["CENTRIFUGO_TOKEN_HMAC_SECRET"] ?? "";
    const client = new CentrifugoRPCClient(
      `ws://127.0.0.1:${port}/connection/websocket`,
      await createToken({ secret, userId: "42" }),
      "42",
    );
    onTestFinished(() => client.disconnect());
    await client.connect();
    const stats = { total: 3, completed: 1, pending: 2 };
    expect(await client.call("tasks.get_stats", { user_id: "123" })).toEqual(stats);
    expect(await gateway.stop()).toBe(0);
  });
});

const SOURCE = ["--conditions=centrifugo-rpc-source", "--import=tsx"];

/** What `centrifugo-rpc config` writes as docs/deploy.md says. */
function configure(variables: Record<string, string>) {
  const args = ["config", "--host", "0.0.0.0", "--redis", env["REDIS_URL"] ?? ""];
  args.push("--allowed-origin", "https://app.example.com");
  const json = execFileSync(process.execPath, [...SOURCE, join(root, "src/cli/main.ts"), ...args], {
    env: { PATH: process.env["PATH"], ...variables },
    encoding: "utf8",
  });
  return JSON.parse(json) as {
    http_server: object;
    engine: { redis: { address: string[] } };
  };
}

/** Starts the gateway with the tasks example as the Dockerfile does, on any port. */
async function startGateway(variables: Record<string, string>) {
  const command = /^CMD (\[.*\])$/m.exec(read("Dockerfile"))?.[1] ?? "[]";
  const [program, serve, , ...args] = JSON.parse(command) as string[];
  expect([program, serve]).toEqual(["node_modules/.bin/centrifugo-rpc", "serve"]);
  const handlers = join(root, "examples/tasks/handlers.ts");
  const main = join(root, "dist/cli/main.js");
  const child = spawn(process.execPath, [main, "serve", handlers, ...args, "--port", "0"], {
    env: { PATH: process.env["PATH"], ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit") as Promise<[number | null]>;
  const url = await readyUrl(child.stdout);
  return {
    port: new URL(url).port,
    async stop(): Promise<number | null> {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}

/** What the gateway says of itself once it listens; warnings may stand before it. */
async function readyUrl(log: Readable): Promise<string> {
  for await (const line of createInterface({ input: log })) {
    const { url } = JSON.parse(line) as { url?: string };
    if (url !== undefined) return url;
  }
  throw new Error("the gateway ended before it was ready");
}
