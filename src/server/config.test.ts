import { describe, expect, it } from "vitest";
import { CONFIG_VARIABLES, ConfigError, loadConfig } from "./config.js";

const env = {
  CENTRIFUGO_URL: "ws://localhost:8000/connection/websocket",
  CENTRIFUGO_API_URL: "http://localhost:8000/api",
  CENTRIFUGO_API_KEY: "api-key",
  CENTRIFUGO_TOKEN_HMAC_SECRET: "hmac",
  CENTRIFUGO_WRAPPER_URL: "http://localhost:8001",
  CENTRIFUGO_WRAPPER_API_KEY: "wrapper-key",
  CENTRIFUGO_PROXY_SECRET: "proxy-secret",
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
      ackTimeout: 30,
      logLevel: "INFO",
      logAllCalls: true,
      logOnlyWithAck: false,
    });
  });

  it("reads numbers, levels and flags from text", () => {
    const config = loadConfig({
      ...env,
      CENTRIFUGO_ACK_TIMEOUT: "5",
      CENTRIFUGO_LOG_LEVEL: "debug",
      CENTRIFUGO_LOG_ALL_CALLS: "false",
      CENTRIFUGO_LOG_ONLY_WITH_ACK: "1",
    });
    expect(config).toMatchObject({
      ackTimeout: 5,
      logLevel: "DEBUG",
      logAllCalls: false,
      logOnlyWithAck: true,
    });
  });

  it("derives the proxy secret from the token secret when it is not given", () => {
    const { CENTRIFUGO_PROXY_SECRET: _left, ...others } = env;
    const secretOf = (hmac: string) =>
      loadConfig({ ...others, CENTRIFUGO_TOKEN_HMAC_SECRET: hmac }).proxySecret;
    expect(secretOf("a")).toMatch(/^[\w-]{43}$/);
    expect(secretOf("a")).toBe(secretOf("a"));
    expect(secretOf("a")).not.toBe(secretOf("b"));
  });

  it("prefers a given field to its variable", () => {
    expect(loadConfig(env, { ackTimeout: 7, wrapperApiKey: "given" })).toMatchObject({
      ackTimeout: 7,
      wrapperApiKey: "given",
    });
  });

  it("takes an empty variable as not set", () => {
    expect(loadConfig({ ...env, CENTRIFUGO_ACK_TIMEOUT: "" }).ackTimeout).toBe(30);
  });

  it("lists every wrong and missing field in one message, without the values", () => {
    const wrong = {
      ...env,
      CENTRIFUGO_ENABLED: "perhaps",
      CENTRIFUGO_URL: "http://localhost:8000",
      CENTRIFUGO_API_KEY: undefined,
      CENTRIFUGO_ACK_TIMEOUT: "soon",
      CENTRIFUGO_LOG_LEVEL: "LOUD",
      CENTRIFUGO_LOG_ALL_CALLS: "maybe",
    };
    const error = caught(() => loadConfig(wrong));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatchInlineSnapshot(`
      "the configuration is wrong:
      - enabled (CENTRIFUGO_ENABLED) must be true or false
      - centrifugoUrl (CENTRIFUGO_URL) must be a URL that starts with ws:// or wss://
      - centrifugoApiKey (CENTRIFUGO_API_KEY) is missing
      - ackTimeout (CENTRIFUGO_ACK_TIMEOUT) must be a number of seconds
      - logLevel (CENTRIFUGO_LOG_LEVEL) must be DEBUG, INFO, WARNING or ERROR
      - logAllCalls (CENTRIFUGO_LOG_ALL_CALLS) must be true or false"
    `);
  });

  it("needs nothing else when it is not enabled", () => {
    expect(loadConfig({ CENTRIFUGO_ENABLED: "false" }).enabled).toBe(false);
    expect(loadConfig({}, { enabled: false }).enabled).toBe(false);
  });

  it("has a variable of the same form for every field", () => {
    expect(Object.keys(loadConfig(env)).toSorted()).toEqual(
      Object.keys(CONFIG_VARIABLES).toSorted(),
    );
  });
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
