// What Centrifugo itself makes of each form.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { findCentrifugo } from "../../../testing/toolchains.js";
import { centrifugoConfig, type CentrifugoConfigOptions } from "../../gateway/index.js";
import { formatConfig } from "./config-formats.js";
import { Project } from "../../../testing/command-line.js";

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
/** Makes the certificate; CI has it. */
const OPENSSL = "openssl";
const hasOpenssl = spawnSync(OPENSSL, ["version"]).status === 0;

describe.skipIf(binary === "")("Centrifugo takes", () => {
  it.each(Object.entries(variants))("%s in each form, with one meaning", async (_name, options) => {
    const config = centrifugoConfig(options);
    await using project = new Project({
      "json.json": formatConfig.json(config),
      "yaml.yaml": formatConfig.yaml(config),
      variables: formatConfig.env(config),
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
    await using project = new Project({ ".env": formatConfig.env(config), "empty.json": "{}" });
    await using _server = await started(project, "empty.json");
    const { status } = await fetch(`http://127.0.0.1:${port}/api/info`, {
      method: "POST",
      headers: { "X-API-Key": 'a "key"' },
      body: "{}",
    });
    expect(status).toBe(200);
  });

  it.skipIf(!hasOpenssl && !process.env["CI"])(
    "a certificate for its port, and serves HTTP on the internal one",
    async () => {
      const [port, internalPort] = [await freePort(), await freePort()];
      const https = { certFile: "cert.pem", keyFile: "key.pem" };
      const config = centrifugoConfig({ ...plain, port, internalPort, https });
      await using project = new Project({ "centrifugo.json": formatConfig.json(config) });
      makeCertificate(project.folder);
      await using _server = await started(project, "centrifugo.json");

      const ca = readFileSync(join(project.folder, "cert.pem"));
      const request = get(`https://localhost:${port}/connection/websocket`, { ca });
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      // Not an upgrade, but Centrifugo has understood it.
      expect(response.statusCode).toBe(400);
      expect((await fetch(`http://127.0.0.1:${internalPort}/health`)).status).toBe(200);
    },
  );
});

/** Starts Centrifugo in the project's folder and waits until it listens. */
async function started(project: Project, file: string): Promise<AsyncDisposable> {
  const server = spawn(binary, ["-c", file], {
    cwd: project.folder,
    env: { PATH: process.env["PATH"] },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = once(server, "exit");
  const listening = new Promise<void>((resolve) => {
    createInterface({ input: server.stderr }).on("line", (line) => {
      if (line.includes("serving websocket")) resolve();
    });
  });
  const ended = exited.then(() => Promise.reject(new Error("Centrifugo ended")));
  ended.catch(() => undefined);
  await Promise.race([listening, ended]);
  return {
    async [Symbol.asyncDispose]() {
      server.kill();
      await exited;
    },
  };
}

/** `cert.pem` for localhost, and its key. */
function makeCertificate(folder: string): void {
  const args = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 1";
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const { status } = spawnSync(OPENSSL, [...args.split(" "), ...names], { cwd: folder });
  expect(status).toBe(0);
}

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
