// What Centrifugo itself makes of each form.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { freePort } from "../../conformance/stack/centrifugo-process.js";
import { findCentrifugo } from "../../conformance/toolchains.js";
import { centrifugoConfig, type CentrifugoConfigOptions } from "../gateway/index.js";
import { CONFIG_FORMATS } from "./config-formats.js";
import { Project } from "./testing/cli.js";

const plain: CentrifugoConfigOptions = {
  tokenHmacSecret: 'hmac "$ecret" \\ #1',
  apiKey: "api-key",
  gatewayUrl: "http://localhost:8001",
  proxySecret: `proxy's "$ecret"`,
};
const variants = {
  "the plain form": plain,
  "several origins": {
    ...plain,
    allowedOrigins: ["https://app.example.com", "https://*.example.com", "*"],
  },
  "all options": {
    ...plain,
    address: "0.0.0.0",
    port: 8443,
    internalPort: 9000,
    https: { certFile: "a cert.pem", keyFile: "key.pem" },
    redisAddress: "redis://user:secret@localhost:6379/1",
    jwksUrl: "https://id.example.com/jwks?of=us",
  },
} satisfies Record<string, CentrifugoConfigOptions>;

const binary = findCentrifugo() ?? "";

describe.skipIf(binary === "")("Centrifugo takes", () => {
  it.each(Object.entries(variants))("%s in each form, with one meaning", async (_name, options) => {
    const config = centrifugoConfig(options);
    await using project = new Project({
      "json.json": CONFIG_FORMATS.json(config),
      "yaml.yaml": CONFIG_FORMATS.yaml(config),
      variables: CONFIG_FORMATS.env(config),
      "empty.json": "{}",
    });
    const forms = [
      { file: "json.json", shell: "" },
      { file: "yaml.yaml", shell: "" },
      { file: "empty.json", shell: "set -a; . ./variables;" },
    ];
    const meanings = forms.map(({ file, shell }) => {
      expect(centrifugo(project, ["checkconfig", "--strict", "-c", file], shell)).toBe("");
      return meaning(centrifugo(project, ["defaultconfig", "--dry-run", "-b", file], shell));
    });
    expect(meanings[0]).toMatchObject({
      rpc: { proxy: { http: { static_headers: { "x-proxy-secret": plain.proxySecret } } } },
    });
    expect(meanings[1]).toEqual(meanings[0]);
    expect(meanings[2]).toEqual(meanings[0]);
  });

  it("the variables of a file called .env, too", async () => {
    const port = await freePort();
    const config = centrifugoConfig({ ...plain, port, apiKey: 'a "key"' });
    await using project = new Project({ ".env": CONFIG_FORMATS.env(config), "empty.json": "{}" });
    const server = spawn(binary, ["-c", "empty.json"], {
      cwd: project.folder,
      env: { PATH: process.env["PATH"] },
      stdio: ["ignore", "ignore", "pipe"],
    });
    try {
      let log = "";
      for await (const text of server.stderr.setEncoding("utf8")) {
        log += String(text);
        if (log.includes("serving websocket")) break;
      }
      const answer = await fetch(`http://127.0.0.1:${port}/api/info`, {
        method: "POST",
        headers: { "X-API-Key": 'a "key"' },
        body: "{}",
      });
      expect(answer.status).toBe(200);
    } finally {
      const exited = once(server, "exit");
      server.kill();
      await exited;
    }
  });
});

/** Runs Centrifugo after commands of a shell, and gives what it printed. */
function centrifugo(project: Project, args: string[], shell: string): string {
  const script = `${shell} exec "$0" "$@"`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script, binary, ...args], {
    cwd: project.folder,
    env: { PATH: process.env["PATH"] },
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

/**
 * Centrifugo reads the keys of files in lower case and those of variables as they are; it prints an
 * empty list as one, or as null where it was not set.
 */
function meaning(json: string): unknown {
  return normalized(JSON.parse(json));
}

function normalized(value: unknown): unknown {
  if (value === null) return [];
  if (typeof value !== "object" || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [key.toLowerCase(), normalized(item)]));
}
