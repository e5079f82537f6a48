// Breaks one setting at a time in a real set-up and expects the check that finds it.
import { createClient } from "@redis/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { startRedis } from "../../../testing/processes/redis.js";
import { findCentrifugo, findProgram } from "../../../testing/toolchains.js";
import { createToken } from "../../gateway/index.js";
import { CHECKS } from "./checks.js";
import {
  centrifugoSetup,
  embeddedSetup,
  notPassed,
  type Fault,
  type TestSetup,
} from "./testing/setup.js";

const binary = findCentrifugo() ?? "";
const everyCheckOk = CHECKS.map(({ id }) => ({ id, status: "ok" }));

describe("with everything right, every check passes", () => {
  it("on the embedded broker", async () => {
    await using setup = await embeddedSetup();
    expect(await setup.check()).toMatchObject(everyCheckOk);
  });

  it.skipIf(binary === "")("on Centrifugo", async () => {
    await using setup = await centrifugoSetup(binary);
    const origin = "https://app.example.com";
    expect(await setup.check({ origin })).toMatchObject(everyCheckOk);
  });
});

const redisServer = findProgram("redis-server") ?? "";

describe.skipIf(redisServer === "")("the Redis that gateways share", () => {
  const find = async (redisUrl: string) => {
    await using setup = await embeddedSetup();
    return (await setup.check({ redisUrl })).find(({ id }) => id === "redis");
  };

  it("is checked if one is configured: it must not remove keys", async () => {
    const redis = await startRedis(redisServer);
    expect(await find(redis.url)).toMatchObject({ status: "ok" });
    const client = await createClient({ url: redis.url }).connect();
    await client.configSet({ maxmemory: "100mb", "maxmemory-policy": "allkeys-lru" });
    client.destroy();
    expect(await find(redis.url)).toMatchObject({
      status: "warning",
      message: expect.stringContaining("allkeys-lru"),
      fixes: [{ where: "command", line: "redis-cli config set maxmemory-policy noeviction" }],
    });
    await redis.close();
    expect(await find(redis.url)).toMatchObject({
      status: "wrong",
      fixes: [{ where: "environment", line: "REDIS_URL=redis://localhost:6379" }],
    });
  });
});

interface Case extends Fault {
  name: string;
  finds: [id: string, status: "wrong" | "warning", ...fixes: string[]];
}

const withoutNamespace = (option: string) => `"channel": { "without_namespace": { ${option} } }`;
const endpoint = (kind: "rpc" | "publish") =>
  expect.stringMatching(
    new RegExp(`"proxy": \\{ .*"endpoint": "http://127.0.0.1:\\d+/centrifugo/${kind}" `),
  ) as string;
const secretHeader = expect.stringContaining(
  `"http": { "static_headers": { "X-Proxy-Secret": "<CENTRIFUGO_PROXY_SECRET>" } }`,
) as string;

/** Faults that a line of Centrifugo's configuration fixes. */
const inCentrifugo: Case[] = [
  {
    name: "tokens are not verified",
    settings: { "client.insecure_skip_token_signature_verify": true },
    finds: [
      "forged-token",
      "wrong",
      `"client": { "insecure": false }`,
      `"client": { "insecure_skip_token_signature_verify": false }`,
    ],
  },
  {
    name: "pages of every origin may connect",
    settings: { "client.allowed_origins": ["*"] },
    finds: ["origins", "warning", `"client": { "allowed_origins": [ "https://app.example.com" ] }`],
  },
  {
    name: "methods have no proxy",
    settings: { "rpc.without_namespace.proxy_enabled": false },
    finds: ["rpc-proxy", "wrong", `"rpc": { "without_namespace": { "proxy_enabled": true } }`],
  },
  {
    name: "a dot separates a namespace",
    settings: { "rpc.namespace_boundary": "." },
    finds: [
      "rpc-proxy",
      "wrong",
      `"rpc": { "namespace_boundary": ":" }`,
      `"rpc": { "without_namespace": { "proxy_enabled": true } }`,
    ],
  },
  {
    name: "calls go to where no gateway is",
    settings: { "rpc.proxy.endpoint": "http://127.0.0.1:1/centrifugo/rpc" },
    finds: ["rpc-proxy", "wrong", endpoint("rpc"), secretHeader],
  },
  {
    name: "calls carry a wrong secret",
    settings: { "rpc.proxy.http.static_headers": { "X-Proxy-Secret": "wrong" } },
    finds: ["rpc-proxy", "wrong", endpoint("rpc"), secretHeader],
  },
  {
    name: "there is no concurrency",
    settings: { "client.concurrency": 0 },
    finds: ["concurrency", "wrong", `"client": { "concurrency": 64 }`],
  },
  {
    name: "the proxy timeout is Centrifugo's default",
    settings: { "rpc.proxy.timeout": "1s" },
    gateway: { inlineTimeoutMs: 1500 },
    finds: ["proxy-timeout", "wrong", `"rpc": { "proxy": { "timeout": "10s" } }`],
  },
  {
    name: "messages may be smaller than the gateway says",
    settings: { "websocket.message_size_limit": 65_536 },
    finds: ["message-size", "wrong", `"websocket": { "message_size_limit": 1048576 }`],
  },
  {
    name: "there are no user-limited channels",
    settings: { "channel.without_namespace.allow_user_limited_channels": false },
    finds: ["user-channel", "wrong", withoutNamespace(`"allow_user_limited_channels": true`)],
  },
  {
    name: "the user's channel does not recover",
    settings: { "channel.without_namespace.force_recovery": false },
    finds: [
      "user-channel",
      "wrong",
      withoutNamespace(`"history_size": 100`),
      withoutNamespace(`"history_ttl": "300s"`),
      withoutNamespace(`"force_recovery": true`),
    ],
  },
  {
    name: "every channel is open to everybody",
    settings: {
      "channel.without_namespace.allow_user_limited_channels": false,
      "channel.without_namespace.allow_subscribe_for_client": true,
    },
    finds: [
      "other-users-channel",
      "wrong",
      withoutNamespace(`"allow_user_limited_channels": true`),
      `"client": { "insecure": false }`,
    ],
  },
  {
    name: "publications have no proxy",
    settings: { "channel.without_namespace.publish_proxy_enabled": false },
    finds: ["publish-proxy", "wrong", withoutNamespace(`"publish_proxy_enabled": true`)],
  },
  {
    name: "clients may publish without the proxy",
    settings: {
      "channel.without_namespace.publish_proxy_enabled": false,
      "channel.without_namespace.allow_publish_for_client": true,
    },
    finds: [
      "publish-proxy",
      "wrong",
      withoutNamespace(`"publish_proxy_enabled": true`),
      endpoint("publish"),
    ],
  },
  {
    name: "publications carry a wrong secret",
    settings: { "channel.proxy.publish.http.static_headers": { "X-Proxy-Secret": "wrong" } },
    finds: ["publish-proxy", "wrong", endpoint("publish"), secretHeader],
  },
];

const elsewhere: Case[] = [
  {
    name: "large messages do not reach the gateway",
    settings: { "websocket.message_size_limit": 4 * 1024 * 1024 },
    gateway: { maxMessageBytes: 3 * 1024 * 1024 },
    finds: ["message-size", "wrong", "client_max_body_size 2m;"],
  },
  {
    name: "the gateway cannot publish",
    publisherKey: "wrong",
    finds: [
      "deferred-replies",
      "wrong",
      expect.stringMatching(/^CENTRIFUGO_API_URL=http:\/\/127\.0\.0\.1:\d+\/api$/) as string,
      "CENTRIFUGO_API_KEY=<CENTRIFUGO_API_KEY>",
    ],
  },
];

describe.skipIf(binary === "").concurrent("with a wrong Centrifugo or gateway", () => {
  it.each(inCentrifugo)("finds that $name, and what fixes it", async ({ finds, ...fault }) => {
    await using setup = await centrifugoSetup(binary, fault);
    const results = await setup.check();
    expect(notPassed(results)).toEqual([finds]);
    await setup.fix(results.flatMap(({ fixes }) => fixes.map(({ line }) => line)));
    expect(await setup.check()).toMatchObject(everyCheckOk);
  });

  it.each(elsewhere)("finds that $name", async ({ finds, ...fault }) => {
    await using setup = await centrifugoSetup(binary, fault);
    expect(notPassed(await setup.check())).toEqual([finds]);
  });
});

describe.skipIf(binary === "")("with a wrong configuration", () => {
  let setup: TestSetup;
  let other: TestSetup;
  beforeAll(async () => {
    [setup, other] = await Promise.all([centrifugoSetup(binary), centrifugoSetup(binary)]);
  });
  afterAll(async () => {
    await setup[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  it("finds a wrong API key", async () => {
    const results = await setup.check({}, { centrifugoApiKey: "wrong" });
    expect(notPassed(results)).toEqual([
      [
        "api",
        "wrong",
        "CENTRIFUGO_API_KEY=<http_api.key of Centrifugo>",
        `"http_api": { "key": "<CENTRIFUGO_API_KEY>" }`,
      ],
    ]);
    const skipped = results.filter(({ status }) => status === "skipped").map(({ id }) => id);
    expect(skipped).toEqual(["version", "clock", "publications", "deferred-replies"]);
  });

  it("finds an API URL where something else is, or nothing", async () => {
    const usual = "CENTRIFUGO_API_URL=http://localhost:8000/api";
    const wrongPath = await setup.check({}, { centrifugoApiUrl: setup.config.wrapperUrl });
    expect(notPassed(wrongPath)).toEqual([["api", "wrong", usual]]);
    const centrifugoApiUrl = `http://127.0.0.1:${await freePort()}/api`;
    expect(notPassed(await setup.check({}, { centrifugoApiUrl }))).toEqual([
      ["api", "wrong", "centrifugo --config centrifugo.json", usual],
    ]);
  });

  it("finds an API of another node", async () => {
    const { centrifugoApiUrl } = other.config;
    expect(notPassed(await setup.check({}, { centrifugoApiUrl }))).toEqual([
      [
        "publications",
        "wrong",
        "CENTRIFUGO_API_URL=<that of the node behind CENTRIFUGO_URL>",
        `"engine": { "type": "redis", "redis": { "address": [ "redis://localhost:6379" ] } }`,
      ],
    ]);
  });

  it("finds a WebSocket URL where something else is, or nothing", async () => {
    const usual = "CENTRIFUGO_URL=ws://localhost:8000/connection/websocket";
    const wrongPath = setup.config.centrifugoUrl.replace("/connection/websocket", "/");
    expect(notPassed(await setup.check({}, { centrifugoUrl: wrongPath }))).toEqual([
      ["websocket", "wrong", usual],
    ]);
    const centrifugoUrl = `ws://127.0.0.1:${await freePort()}/connection/websocket`;
    expect(notPassed(await setup.check({}, { centrifugoUrl }))).toEqual([
      ["websocket", "wrong", "centrifugo --config centrifugo.json", usual],
    ]);
  });

  it("finds a wrong token secret", async () => {
    const results = await setup.check({}, { centrifugoTokenHmacSecret: "wrong" });
    expect(notPassed(results)).toEqual([
      [
        "token",
        "wrong",
        "CENTRIFUGO_TOKEN_HMAC_SECRET=<client.token.hmac_secret_key of Centrifugo>",
        `"client": { "token": { "hmac_secret_key": "<CENTRIFUGO_TOKEN_HMAC_SECRET>" } }`,
      ],
    ]);
  });

  it("connects with a given token, and finds that it has expired", async () => {
    const { centrifugoTokenHmacSecret: secret } = setup.config;
    const given = async (expiresIn: number) => ({
      id: "anna",
      token: await createToken({ secret, userId: "anna", expiresIn }),
    });
    const ours = { centrifugoTokenHmacSecret: "not that of Centrifugo" };
    expect(notPassed(await setup.check({ user: await given(60) }, ours))).toEqual([]);
    expect(notPassed(await setup.check({ user: await given(-60) }, ours))).toEqual([
      ["token", "wrong", "npx centrifugo-rpc token --user anna", "timedatectl set-ntp true"],
    ]);
  });

  it("finds a gateway that is not there, and a URL where something else is", async () => {
    const usual = "CENTRIFUGO_WRAPPER_URL=http://localhost:8001";
    const wrapperUrl = `http://127.0.0.1:${await freePort()}`;
    expect(notPassed(await setup.check({}, { wrapperUrl }))).toEqual([
      ["gateway", "wrong", "npx centrifugo-rpc serve", usual],
    ]);
    const centrifugo = setup.config.centrifugoApiUrl.replace(/\/api$/, "");
    expect(notPassed(await setup.check({}, { wrapperUrl: centrifugo }))).toEqual([
      ["gateway", "wrong", usual],
    ]);
  });

  it("finds a wrong proxy secret", async () => {
    expect(notPassed(await setup.check({}, { proxySecret: "wrong" }))).toEqual([
      [
        "gateway",
        "wrong",
        "CENTRIFUGO_PROXY_SECRET=<that of the gateway's environment>",
        "CENTRIFUGO_PROXY_SECRET=<that of doctor's environment>",
      ],
    ]);
  });

  it("finds an origin that may not connect", async () => {
    expect(notPassed(await setup.check({ origin: "https://example.org" }))).toEqual([
      ["origins", "wrong", `"client": { "allowed_origins": [ "https://example.org" ] }`],
    ]);
  });

  it.each([
    [20_000, "warning"],
    [-600_000, "wrong"],
  ])("finds a clock that is wrong by %d ms", async (ms, status) => {
    const results = await setup.check({ now: () => Date.now() + ms });
    expect(notPassed(results)).toEqual([["clock", status, "timedatectl set-ntp true"]]);
  });
});
