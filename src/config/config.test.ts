import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { readVectors } from "../../testing/vectors.js";
import { CONFIG_VARIABLES, SECRET_FIELDS } from "./fields.js";
import { ConfigError, loadConfig, type ConfigInput } from "./config.js";

const { derived_secrets: derivedSecrets } = readVectors("handler-services") as {
  derived_secrets: { token_hmac_secret: string; secret: string }[];
};

const env = {
  CENTRIFUGO_URL: "ws://localhost:8000/connection/websocket",
  CENTRIFUGO_API_URL: "http://localhost:8000/api",
  CENTRIFUGO_API_KEY: "api-key",
  CENTRIFUGO_TOKEN_HMAC_SECRET: "hmac",
  CENTRIFUGO_WRAPPER_URL: "http://localhost:8001",
  CENTRIFUGO_WRAPPER_API_KEY: "wrapper-key",
  CENTRIFUGO_PROXY_SECRET: "proxy-secret",
  CENTRIFUGO_HANDLER_SERVICE_SECRET: "service-secret",
};

describe("loadConfig", () => {
  it("reads each field from its variable and applies the defaults", () => {
    expect(loadConfig(env)).toEqual({
      enabled: true,
      centrifugoUrl: "ws://localhost:8000/connection/websocket",
      centrifugoApiUrl: "http://localhost:8000/api",
      centrifugoApiKey: "api-key",
      centrifugoTokenHmacSecret: "hmac",
      wrapperUrl: "http://localhost:8001",
      wrapperApiKey: "wrapper-key",
      proxySecret: "proxy-secret",
      handlerServices: [],
      handlerServiceSecret: "service-secret",
      ackTimeout: 30,
      logLevel: "INFO",
      maxCalls: 10_000,
      maxCallsPerUser: 128,
      logAllCalls: true,
      logOnlyWithAck: false,
      logDatabaseUrl: "file:.centrifugo-rpc/calls.db",
      logRetentionDays: 30,
      logRedactFields: [],
      metricsPublic: false,
    });
  });

  it("reads numbers, levels, flags and lists from text", () => {
    const config = loadConfig({
      ...env,
      CENTRIFUGO_HANDLER_SERVICES: "http://django:8000/centrifugo-rpc, https://billing/",
      CENTRIFUGO_ACK_TIMEOUT: "5",
      CENTRIFUGO_MAX_CALLS_PER_USER: "1000",
      CENTRIFUGO_LOG_LEVEL: "debug",
      CENTRIFUGO_LOG_ALL_CALLS: "false",
      CENTRIFUGO_LOG_ONLY_WITH_ACK: "1",
      CENTRIFUGO_LOG_RETENTION_DAYS: "0",
      CENTRIFUGO_LOG_REDACT_FIELDS: "iban, birth_date,",
      CENTRIFUGO_LOG_DATABASE_URL: "postgresql://log@db/calls",
      CENTRIFUGO_METRICS_PUBLIC: "yes",
      CENTRIFUGO_WRAPPER_API_KEY_PREVIOUS: "old",
    });
    expect(config).toMatchObject({
      handlerServices: ["http://django:8000/centrifugo-rpc", "https://billing/"],
      ackTimeout: 5,
      maxCallsPerUser: 1000,
      logLevel: "DEBUG",
      logAllCalls: false,
      logOnlyWithAck: true,
      logRetentionDays: 0,
      logRedactFields: ["iban", "birth_date"],
      logDatabaseUrl: "postgresql://log@db/calls",
      metricsPublic: true,
      wrapperApiKeyPrevious: "old",
    });
  });

  it.each([
    ["trace", "DEBUG"],
    ["warn", "WARNING"],
    ["fatal", "ERROR"],
    ["none", "NONE"],
  ])("accepts Centrifugo's log level %s", (theirs, ours) => {
    expect(loadConfig({ ...env, CENTRIFUGO_LOG_LEVEL: theirs }).logLevel).toBe(ours);
  });

  it("derives the proxy secret from the token secret when it is not given", () => {
    const { CENTRIFUGO_PROXY_SECRET: _left, ...others } = env;
    const secretOf = (hmac: string) =>
      loadConfig({ ...others, CENTRIFUGO_TOKEN_HMAC_SECRET: hmac }).proxySecret;
    expect(secretOf("a")).toMatch(/^[\w-]{43}$/);
    expect(secretOf("a")).toBe(secretOf("a"));
    expect(secretOf("a")).not.toBe(secretOf("b"));
  });

  it.each(derivedSecrets)(
    "derives the secret of handler services from the token secret: $token_hmac_secret",
    ({ token_hmac_secret, secret }) => {
      const { CENTRIFUGO_HANDLER_SERVICE_SECRET: _left, ...others } = env;
      const config = loadConfig(others, { centrifugoTokenHmacSecret: token_hmac_secret });
      expect(config.handlerServiceSecret).toBe(secret);
    },
  );

  it("prefers a passed field to its variable", () => {
    expect(loadConfig(env, { ackTimeout: 7, wrapperApiKey: "given" })).toMatchObject({
      ackTimeout: 7,
      wrapperApiKey: "given",
    });
  });

  it("treats an empty variable as not set", () => {
    expect(loadConfig({ ...env, CENTRIFUGO_ACK_TIMEOUT: "" }).ackTimeout).toBe(30);
  });

  it("lists every invalid and missing field in one message, without values", () => {
    const wrong = {
      ...env,
      CENTRIFUGO_ENABLED: "perhaps",
      CENTRIFUGO_URL: "http://localhost:8000",
      CENTRIFUGO_API_KEY: undefined,
      CENTRIFUGO_TOKEN_HMAC_SECRET: "read from a file\n",
      CENTRIFUGO_PROXY_SECRET: "schlüssel",
      CENTRIFUGO_HANDLER_SERVICES: "http://django:8000, django:8000",
      CENTRIFUGO_HANDLER_SERVICE_SECRET: " ",
      CENTRIFUGO_ACK_TIMEOUT: "soon",
      CENTRIFUGO_LOG_LEVEL: "LOUD",
      CENTRIFUGO_LOG_ALL_CALLS: "maybe",
      CENTRIFUGO_LOG_DATABASE_URL: "mysql://root@db",
    };
    const given = { logRetentionDays: 1.5, logRedactFields: [7], apiKey: "x", ack_timeout: 5 };
    expect(messageOf(() => loadConfig(wrong, given as unknown as ConfigInput)))
      .toMatchInlineSnapshot(`
        "the configuration is invalid:
        - enabled (CENTRIFUGO_ENABLED in the environment) must be true or false
        - centrifugoUrl (CENTRIFUGO_URL in the environment) must be a URL that starts with ws:// or wss://
        - centrifugoApiKey (CENTRIFUGO_API_KEY) is missing
        - centrifugoTokenHmacSecret (CENTRIFUGO_TOKEN_HMAC_SECRET in the environment) must not have white space around it
        - proxySecret (CENTRIFUGO_PROXY_SECRET in the environment) must be printable ASCII without white space around it
        - handlerServices (CENTRIFUGO_HANDLER_SERVICES in the environment) must be a URL that starts with http:// or https://
        - handlerServiceSecret (CENTRIFUGO_HANDLER_SERVICE_SECRET in the environment) must not have white space around it
        - ackTimeout (CENTRIFUGO_ACK_TIMEOUT in the environment) must be a whole number of seconds from 1 to 300
        - logLevel (CENTRIFUGO_LOG_LEVEL in the environment) must be DEBUG, INFO, WARNING, ERROR or NONE
        - logAllCalls (CENTRIFUGO_LOG_ALL_CALLS in the environment) must be true or false
        - logDatabaseUrl (CENTRIFUGO_LOG_DATABASE_URL in the environment) must be a URL that starts with file: or postgres:// or postgresql://
        - logRetentionDays (in the code) must be a whole number of days from 0 to 3650
        - logRedactFields (in the code) must be a list of names, separated by commas
        - apiKey (in the code) is not a field: docs/configuration.md lists all fields
        - ack_timeout (in the code) is not a field: use ackTimeout"
      `);
  });

  it.each(["31 days", "-1", "0x10", "1e9", "3651"])("rejects %s as a number", (text) => {
    expect(messageOf(() => loadConfig({ ...env, CENTRIFUGO_LOG_RETENTION_DAYS: text }))).toMatch(
      "must be a whole number of days from 0 to 3650",
    );
  });

  it.each([
    [["http://django:8000", 7], "must be a URL that starts with http:// or https://"],
    [["http://me:hush-hush@django"], "must not have a user name or a password in it"],
    [["http://django/?tenant=7"], "must not have a query or a fragment in it"],
    [["http://django/#top"], "must not have a query or a fragment in it"],
    [["http://django/rpc", "http://django/rpc/"], "must not name a service twice"],
    [7, "must be a list of URLs, separated by commas"],
  ])("rejects %j as handler services", (handlerServices, problem) => {
    const message = messageOf(() => loadConfig(env, { handlerServices } as ConfigInput));
    expect(message).toContain(`- handlerServices (in the code) ${problem}`);
    expect(message).not.toContain("hush-hush");
  });

  it("rejects null for a number and a flag", () => {
    const given = { ackTimeout: null, logAllCalls: null } as unknown as ConfigInput;
    expect(messageOf(() => loadConfig(env, given)).split("\n")).toHaveLength(3);
  });

  it("requires nothing else if it is disabled", () => {
    expect(loadConfig({ CENTRIFUGO_ENABLED: "false", CENTRIFUGO_URL: "wrong" }).enabled).toBe(
      false,
    );
    expect(loadConfig({}, { enabled: false })).toMatchObject({ wrapperUrl: "", logLevel: "INFO" });
  });

  it("derives the variable of every field from its name", () => {
    for (const [field, variable] of Object.entries(CONFIG_VARIABLES)) {
      const words = field.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
      expect(variable).toBe(`CENTRIFUGO_${words.replace(/^CENTRIFUGO_/, "")}`);
    }
  });
});

describe("the secrets of a configuration", () => {
  const secrets = Object.fromEntries(
    SECRET_FIELDS.map((field) => [
      field,
      field === "logDatabaseUrl" ? "postgresql://log:hush-hush@db" : `hush-hush-${field}`,
    ]),
  );
  const config = loadConfig(env, secrets);

  it.each([
    ["JSON.stringify", JSON.stringify],
    ["JSON.stringify, in something else", (value: unknown) => JSON.stringify({ deep: [value] })],
    ["util.inspect and console.log", (value: unknown) => inspect(value, { showHidden: true })],
    ["console.log of something else", (value: unknown) => inspect({ deep: [value] })],
    ["a text", String],
  ])("are not shown by %s", (_name, show) => {
    expect(show(config)).not.toContain("hush-hush");
  });

  it("are shown as set, next to the other fields", () => {
    expect(JSON.parse(JSON.stringify(config))).toMatchObject({
      wrapperUrl: "http://localhost:8001",
      wrapperApiKey: "[secret]",
    });
  });

  it("are available to the program, which can copy the configuration", () => {
    expect(config.wrapperApiKey).toBe("hush-hush-wrapperApiKey");
    expect({ ...config, ackTimeout: 5 }).toMatchObject({ ...secrets, ackTimeout: 5 });
  });

  it("are not in the error message about an invalid secret", () => {
    const wrong = Object.fromEntries(SECRET_FIELDS.map((field) => [field, "hush-hush \n"]));
    const message = messageOf(() => loadConfig(env, wrong));
    expect(message.split("\n")).toHaveLength(SECRET_FIELDS.length + 1);
    expect(message).not.toContain("hush-hush");
  });
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("nothing was rejected");
}
