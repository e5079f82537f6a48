// Centrifugo's variables start with CENTRIFUGO_, as ours do: one environment for both programs.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { findCentrifugo } from "../../../testing/toolchains.js";
import { CONFIG_VARIABLES, loadConfig } from "../../config/index.js";
import { Project, statsHandlers } from "../../../testing/command-line.js";

const binary = findCentrifugo();

/** Room for four commands, one after the other. */
const TIMEOUT_MS = 60_000;
const patience = { timeout: TIMEOUT_MS / 2 };

describe.skipIf(!binary)("a real Centrifugo in our environment", () => {
  let project: Project;
  let centrifugo: Centrifugo | undefined;
  let ports: { centrifugo: number; gateway: number };

  beforeEach(async () => {
    ports = { centrifugo: await freePort(), gateway: await freePort() };
    project = new Project({
      "handlers.ts": statsHandlers(3),
      "bonus.ts": "export const bonus = 0;",
    });
  });
  afterEach(async () => {
    await centrifugo?.stop();
    centrifugo = undefined;
    await project[Symbol.asyncDispose]();
  });

  /** A value for each of our variables. */
  const ours = (): Record<string, string> => ({
    CENTRIFUGO_ENABLED: "true",
    CENTRIFUGO_URL: `ws://127.0.0.1:${ports.centrifugo}/connection/websocket`,
    CENTRIFUGO_API_URL: `http://127.0.0.1:${ports.centrifugo}/api`,
    CENTRIFUGO_API_KEY: "api-key",
    CENTRIFUGO_TOKEN_HMAC_SECRET: "token-secret",
    CENTRIFUGO_PROXY_SECRET: "proxy-secret",
    CENTRIFUGO_HANDLER_SERVICES: "http://127.0.0.1:9/centrifugo-rpc",
    CENTRIFUGO_HANDLER_SERVICE_SECRET: "service-secret",
    CENTRIFUGO_WRAPPER_URL: `http://127.0.0.1:${ports.gateway}`,
    CENTRIFUGO_WRAPPER_API_KEY: "wrapper-key",
    CENTRIFUGO_WRAPPER_API_KEY_PREVIOUS: "previous-wrapper-key",
    CENTRIFUGO_ACK_TIMEOUT: "20",
    CENTRIFUGO_MAX_CALLS: "10000",
    CENTRIFUGO_MAX_CALLS_PER_USER: "100",
    CENTRIFUGO_LOG_LEVEL: "INFO",
    CENTRIFUGO_LOG_ALL_CALLS: "true",
    CENTRIFUGO_LOG_ONLY_WITH_ACK: "false",
    CENTRIFUGO_LOG_DATABASE_URL: "file:calls.db",
    CENTRIFUGO_LOG_RETENTION_DAYS: "7",
    CENTRIFUGO_LOG_REDACT_FIELDS: "iban",
    CENTRIFUGO_METRICS_PUBLIC: "false",
  });

  it(
    "warns of each of our variables but those it knows or takes for Kubernetes', and takes calls",
    { timeout: TIMEOUT_MS },
    async () => {
      const env = ours();
      expect(Object.keys(env).toSorted()).toEqual(Object.values(CONFIG_VARIABLES).toSorted());
      const { stdout: theirs } = await project.run(["config", "--format", "env"], { env });
      centrifugo = new Centrifugo(project.folder, { ...env, ...readLines(theirs) });
      await serve(env);
      await expect.poll(() => call(env), patience).toMatchObject(answered);

      // Kubernetes gives its containers variables like CENTRIFUGO_SERVICE_HOST.
      const silent = ["CENTRIFUGO_LOG_LEVEL", "CENTRIFUGO_HANDLER_SERVICE_SECRET"];
      const unknown = Object.keys(env).filter((name) => !silent.includes(name));
      const warnings = (): string[] => centrifugo?.warnings().map(({ var: name }) => name) ?? [];
      await expect.poll(() => warnings().toSorted()).toEqual(unknown.toSorted());
      expect(centrifugo.warnings().map(({ message }) => message)).toEqual(
        unknown.map(() => "unknown var in environment"),
      );
    },
  );

  it("and both read one .env file", { timeout: TIMEOUT_MS }, async () => {
    const lines = Object.entries(ours()).map(([name, value]) => `${name}=${value}\n`);
    project.write(".env", lines.join(""));
    const { stdout: theirs } = await project.run(["config", "--format", "env"]);
    appendFileSync(join(project.folder, ".env"), theirs);
    centrifugo = new Centrifugo(project.folder, {});
    await serve({});
    await expect.poll(() => call({}), patience).toMatchObject(answered);
  });

  it.each(["DEBUG", "INFO", "WARN", "ERROR", "NONE", "trace", "debug", "info", "fatal"])(
    "both understand the log level %s",
    async (level) => {
      const env = { ...ours(), CENTRIFUGO_LOG_LEVEL: level };
      expect(() => loadConfig(env)).not.toThrow();
      expect(await whatItSays(env)).not.toContain("unknown log level");
    },
  );

  it("Centrifugo treats the level WARNING as INFO, and logs that", async () => {
    const env = { ...ours(), CENTRIFUGO_LOG_LEVEL: "WARNING" };
    expect(loadConfig(env).logLevel).toBe("WARNING");
    expect(await whatItSays(env)).toContain("unknown log level WARNING, defaulting to INFO");
  });

  /** With an engine that it does not have, it reads its log level, and ends. */
  async function whatItSays(env: Record<string, string>): Promise<string> {
    const { folder } = project;
    return await new Centrifugo(folder, { ...env, CENTRIFUGO_ENGINE_TYPE: "none" }).ended();
  }

  async function serve(env: Record<string, string>): Promise<void> {
    const args = ["serve", "handlers.ts", "--port", String(ports.gateway)];
    await project.start(args, { env }).line(/gateway ready/);
  }

  const answered = { code: 0, stdout: expect.stringContaining('"total": 3') as string };

  /** Centrifugo may not be there yet: it does not tell when it is. */
  const call = (env: Record<string, string>) =>
    project.run(["call", "tasks.get_stats", '{"user_id":"1"}'], { env });
});

interface LogLine {
  level: string;
  message: string;
  var: string;
}

/** A Centrifugo that runs in a folder, and what it logs. */
class Centrifugo {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #lines: string[] = [];

  constructor(folder: string, env: Record<string, string>) {
    this.#child = spawn(binary ?? "", [], {
      cwd: folder,
      env: { PATH: process.env["PATH"], ...env },
    });
    this.#exited = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream! }).on("line", (line) => this.#lines.push(line));
    }
  }

  /** What it warns of, besides that it has no configuration file. */
  warnings(): LogLine[] {
    return this.#lines
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as LogLine)
      .filter(({ level, message }) => level === "warn" && !message.startsWith("config file"));
  }

  async ended(): Promise<string> {
    await this.#exited;
    return this.#lines.join("\n");
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }
}

/** Lines as `NAME='value'`. */
function readLines(text: string): Record<string, string> {
  const lines = text.matchAll(/^(\w+)=(?:'(.*)'|(.*))$/gm);
  return Object.fromEntries(
    [...lines].map(([, name = "", quoted, plain = ""]) => [name, quoted ?? plain]),
  );
}
