import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startBroker } from "../../broker/index.js";
import { centrifugoConfig, type CentrifugoConfigOptions } from "./generated-config.js";

const needed: CentrifugoConfigOptions = {
  tokenHmacSecret: "hmac",
  apiKey: "key",
  gatewayUrl: "http://gateway/base/",
  proxySecret: "proxy",
};
const everything: CentrifugoConfigOptions = {
  ...needed,
  internalPort: 9000,
  https: { certFile: "cert.pem", keyFile: "key.pem" },
  jwksUrl: "https://id.example.com/jwks",
  allowedOrigins: ["https://app.example.com"],
  redisAddress: "redis://localhost",
};

describe("centrifugoConfig", () => {
  it("sends proxy requests to the gateway's paths, with the secret", () => {
    const { rpc, channel } = centrifugoConfig(needed);
    const http = { static_headers: { "X-Proxy-Secret": "proxy" } };
    expect(rpc.proxy).toMatchObject({ endpoint: "http://gateway/base/centrifugo/rpc", http });
    expect(channel.proxy.publish).toMatchObject({
      endpoint: "http://gateway/base/centrifugo/publish",
      http,
    });
  });

  it("leaves the HMAC secret out where Centrifugo takes public keys", () => {
    expect(centrifugoConfig(needed).client.token).toEqual({ hmac_secret_key: "hmac" });
    expect(centrifugoConfig(everything).client.token).toEqual({
      jwks_public_endpoint: "https://id.example.com/jwks",
    });
  });

  it("writes the keys that docs/centrifugo-config.md explains, and no others", () => {
    const page = readFileSync(
      new URL("../../../docs/centrifugo-config.md", import.meta.url),
      "utf8",
    );
    const [, explained = ""] = page.split("## Keys");
    const keys = [...explained.matchAll(/^\| `([^`]+)`/gm)].map(([, key = ""]) => key);
    const written = new Set(
      [centrifugoConfig(needed), centrifugoConfig(everything)].flatMap((config) => keysOf(config)),
    );
    expect(keys.toSorted()).toEqual([...written].toSorted());
  });

  it("is taken by the embedded broker without a warning", async () => {
    const warnings: object[] = [];
    const broker = await startBroker({
      config: centrifugoConfig({ ...needed, allowedOrigins: ["https://app.example.com"] }),
      backend: { rpc: async () => ({}), publish: async () => ({}) },
      port: 0,
      log: {
        debug: () => undefined,
        info: () => undefined,
        warn: (fields) => void warnings.push(fields),
        error: () => undefined,
      },
    });
    await broker.close();
    expect(warnings).toEqual([]);
  });
});

/** The paths to the values; the names of headers are values, too. */
function keysOf(value: object, path = ""): string[] {
  return Object.entries(value).flatMap(([key, member]: [string, unknown]) => {
    const keys = path === "" ? key : `${path}.${key}`;
    if (key === "namespaces")
      return (member as object[]).flatMap((each) => keysOf(each, `${keys}[]`));
    const leaf = typeof member !== "object" || member === null || Array.isArray(member);
    return leaf || key === "static_headers" ? [keys] : keysOf(member, keys);
  });
}
