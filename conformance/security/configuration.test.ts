// What a wrong, weak or hostile configuration does at the start, and whether it is repeated.
import { describe, expect, it } from "vitest";
import { startBroker } from "centrifugo-rpc/broker";
import { createCentrifugoApi, createPublisher } from "centrifugo-rpc/gateway";
import { loadConfig } from "centrifugo-rpc";
import { Project } from "../../testing/command-line.js";
import { warnOfWeakSecrets } from "../../src/cli/project/weak-secrets.js";
import { freePort } from "../../testing/ports.js";
import { HANDLERS, MARKED, MARKER } from "./service.js";

const env = {
  ...MARKED,
  CENTRIFUGO_URL: "ws://127.0.0.1:1/connection/websocket",
  CENTRIFUGO_API_URL: "http://127.0.0.1:1/api",
  CENTRIFUGO_WRAPPER_URL: "http://127.0.0.1:1",
  CENTRIFUGO_HANDLER_SERVICES: "http://127.0.0.1:1/centrifugo-rpc",
};
const files = { "handlers.ts": HANDLERS };

describe("the configuration", () => {
  it.each([
    "CENTRIFUGO_URL",
    "CENTRIFUGO_API_URL",
    "CENTRIFUGO_WRAPPER_URL",
    "CENTRIFUGO_HANDLER_SERVICES",
  ] as const)("has no password in %s, and repeats none", (variable) => {
    const withPassword = env[variable].replace("127.0.0.1", `user:${MARKER}password@127.0.0.1`);
    const load = () => loadConfig({ ...env, [variable]: withPassword });
    expect(load).toThrow("must not have a user name or a password in it");
    expect(load).not.toThrow(MARKER);
  });

  it.each([
    ["CENTRIFUGO_API_URL", "file:///etc/passwd"],
    ["CENTRIFUGO_API_URL", "gopher://127.0.0.1:6379/_"],
    ["CENTRIFUGO_WRAPPER_URL", "javascript:alert(1)"],
    ["CENTRIFUGO_URL", "http://127.0.0.1"],
    ["CENTRIFUGO_HANDLER_SERVICES", "http://127.0.0.1:1, file:///etc/passwd"],
    ["CENTRIFUGO_LOG_DATABASE_URL", `mysql://u:${MARKER}@h/db`],
    ["CENTRIFUGO_LOG_DATABASE_URL", `http://u:${MARKER}@169.254.169.254/`],
  ])("refuses %s=%s: its scheme is not supported", (variable, value) => {
    const load = () => loadConfig({ ...env, [variable]: value });
    expect(load).toThrow("must be a URL that starts with");
    expect(load).not.toThrow(MARKER);
  });

  const injected = ["a\r\nX-Injected: 1", "a\u0000b", "\u00fcmlaut"];
  const surrounded = [" around", "\n", "\u00a0"];

  it.each(
    Object.keys(MARKED).flatMap((variable) => {
      // It travels in no header.
      const signs = /_TOKEN_HMAC_SECRET$|_HANDLER_SERVICE_SECRET$/.test(variable);
      return [...surrounded, ...(signs ? [] : injected)].map((value) => ({ variable, value }));
    }),
  )("refuses a header or white space in $variable: $value", ({ variable, value }) => {
    const load = () => loadConfig({ ...env, [variable]: `${value}${MARKER}` });
    expect(load).toThrow(variable);
    expect(load).not.toThrow(MARKER);
  });

  it("refuses a field named __proto__", () => {
    const hostile = JSON.parse('{"__proto__":{"enabled":false,"metricsPublic":true}}') as object;
    expect(() => loadConfig(env, hostile)).toThrow("__proto__");
    expect({}).not.toHaveProperty("metricsPublic");
  });
});

describe("secrets at the start", () => {
  it.each(["CENTRIFUGO_API_KEY", "CENTRIFUGO_TOKEN_HMAC_SECRET", "CENTRIFUGO_WRAPPER_API_KEY"])(
    "serve does not begin without %s",
    async (variable) => {
      await using project = new Project(files);
      const { code, stderr } = await project.run(["serve", "handlers.ts"], {
        env: { ...env, [variable]: "" },
      });
      expect(code).toBe(1);
      expect(stderr).toContain(`(${variable}) is missing`);
      expect(stderr).not.toContain(MARKER);
    },
  );

  it("cause warnings with their names only if they are short or equal", () => {
    const warnings = (more: Record<string, string>) => {
      const lines: unknown[][] = [];
      const log = { warn: (...line: unknown[]) => void lines.push(line) };
      warnOfWeakSecrets(loadConfig({ ...env, ...more }), log);
      return JSON.stringify(lines);
    };
    expect(warnings({})).toBe("[]");
    const short = warnings({ CENTRIFUGO_WRAPPER_API_KEY: `${MARKER}short` });
    expect(short).toContain('{"variables":["CENTRIFUGO_WRAPPER_API_KEY"]}');
    expect(short).toContain("shorter than 32 bytes");
    const signing = warnings({ CENTRIFUGO_HANDLER_SERVICE_SECRET: `${MARKER}short` });
    expect(signing).toContain('{"variables":["CENTRIFUGO_HANDLER_SERVICE_SECRET"]}');
    const same = warnings({ CENTRIFUGO_PROXY_SECRET: MARKED.CENTRIFUGO_WRAPPER_API_KEY });
    expect(same).toContain('["CENTRIFUGO_WRAPPER_API_KEY","CENTRIFUGO_PROXY_SECRET"]');
    expect(short + same).not.toContain(MARKER);
  });

  it("cause warnings of serve", async () => {
    await using project = new Project(files);
    const weak = { ...env, CENTRIFUGO_API_KEY: "short" };
    const serve = project.start(["serve", "handlers.ts", "--port", "0", "--grace", "0"], {
      env: weak,
    });
    expect(await serve.line(/shorter than 32 bytes/)).toContain('"CENTRIFUGO_API_KEY"');
    await serve.line(/gateway ready/);
  });
});

describe("unreachable services are reported without their passwords:", () => {
  it("the call log's database, by serve", async () => {
    await using project = new Project(files);
    const url = `postgresql://log:${MARKER}database@127.0.0.1:${await freePort()}/calls`;
    const more = { CENTRIFUGO_LOG_DATABASE_URL: url, CENTRIFUGO_LOG_LEVEL: "DEBUG" };
    const serve = project.start(["serve", "handlers.ts", "--port", "0", "--grace", "0"], {
      env: { ...env, ...more },
    });
    expect(await serve.line(/ECONNREFUSED/)).not.toContain(MARKER);
    expect(serve.output.join("\n")).not.toContain(MARKER);
  });

  it.each([
    [`redis://:${MARKER}redis@127.0.0.1:1`, "Redis at 127.0.0.1:1"],
    [`http://:${MARKER}redis@127.0.0.1:1`, "the Redis URL must be"],
    [`${MARKER}redis`, "the Redis URL must be"],
  ])("Redis, by serve: %s", async (REDIS_URL, message) => {
    await using project = new Project({ ...files, ".env": `REDIS_URL=${REDIS_URL}\n` });
    const { code, stdout, stderr } = await project.run(["serve", "handlers.ts"], { env });
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stdout + stderr).not.toContain(MARKER);
  });

  it.each(["createCentrifugoApi", "createPublisher"])("the URL of %s", (name) => {
    const url = `http://user:${MARKER}password@127.0.0.1:1`;
    const make = () =>
      name === "createPublisher"
        ? createPublisher({ wrapperUrl: url, apiKey: "k" })
        : createCentrifugoApi({ url, apiKey: "k" });
    expect(make).toThrow("must not have a user name or a password in it");
    expect(make).not.toThrow(MARKER);
  });

  it("the keys that verify tokens, by the embedded broker", async () => {
    const endpoint = `http://user:${MARKER}jwks@127.0.0.1:1/jwks.json`;
    const start = startBroker({
      config: { client: { token: { jwks_public_endpoint: endpoint } } },
      backend: { rpc: async () => ({}), publish: async () => ({}) },
      port: 0,
    });
    const error: unknown = await start.then(
      async (broker) => await broker.close(),
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain("must not have a user name or a password in it");
    expect(String(error)).not.toContain(MARKER);
  });
});

it("dev shows no secret, neither at the most verbose log level nor at /openapi.json", async () => {
  await using project = new Project(files);
  const dev = project.start(["dev", "handlers.ts", "--port", "0", "--gateway-port", "0"], {
    env: { ...MARKED, CENTRIFUGO_LOG_LEVEL: "DEBUG" },
  });
  const gateway = (await dev.line(/^Gateway/)).slice("Gateway".length).trim();
  await dev.line(/^Ready/);
  const seen = [];
  for (const path of ["/health", "/ready", "/openapi.json", "/contract", "/metrics", "/api/logs"]) {
    seen.push(await (await fetch(`${gateway}${path}`)).text());
  }
  await fetch(`${gateway}/centrifugo/rpc`, { method: "POST", body: "{}" });
  await dev.line(/without the right secret/);
  expect([...seen, ...dev.output].join("\n")).not.toContain(MARKER);
});
