import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { freePort } from "../../testing/ports.js";
import { root } from "./markdown.js";

/** Where the documents' projects and the packages that they use lie. */
export const PROJECTS = join(root, ".cache", "docs");

/** The Python backend, as pip installs it. */
export const PYTHON_PACKAGES = join(PROJECTS, "python-packages");

/** The ports that the documents name: the broker's, the gateway's and a handler service's. */
const BROKER_PORT = "8000";
const GATEWAY_PORT = "8001";
const SERVICE_PORT = "8002";

/** The examples that documents outside of them are about. */
const EXAMPLES = new Map([["docs/python-testing.md", "examples/django-tasks"]]);

/** A reader's project, to which a document adds file by file and in which its commands run. */
export class Project {
  readonly folder: string;
  readonly #written = new Set<string>();
  #env: NodeJS.ProcessEnv;
  #servers: ChildProcess[] = [];
  /** The port of this machine in place of each port that the documents name. */
  readonly #ports = new Map<string, string>();

  private constructor(folder: string, gatewayPort: string, servicePort: string) {
    this.folder = folder;
    this.#ports.set(GATEWAY_PORT, gatewayPort).set(SERVICE_PORT, servicePort);
    this.#env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(CENTRIFUGO|VITEST|NODE_ENV)/.test(name)),
    );
    const programs = [join(root, ".cache/venv/bin"), join(PROJECTS, "bin"), this.#env["PATH"]];
    this.#env["PATH"] = programs.join(delimiter);
    this.#env["PYTHONPATH"] = [join(folder, "clients/python"), PYTHON_PACKAGES].join(delimiter);
  }

  /** The project of a document: an example's own is a copy of it, the others begin empty. */
  static async create(document: string): Promise<Project> {
    const isExample = dirname(document).startsWith("examples");
    const example = isExample ? dirname(document) : EXAMPLES.get(document);
    const name = (isExample ? dirname(document) : document)
      .replace(/\.md$/, "")
      .replaceAll("/", "-")
      .toLowerCase();
    const folder = join(PROJECTS, name);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    if (example) cpSync(join(root, example), folder, { recursive: true, filter: isSource });
    const project = new Project(folder, String(await freePort()), String(await freePort()));
    // The guides call it as in a clone.
    cpSync(join(root, "examples/tasks/handlers.ts"), join(folder, "examples/tasks/handlers.ts"));
    project.write("package.json", '{ "private": true, "type": "module" }\n');
    return project;
  }

  /** Writes a file; what is written to it later is added to its end. */
  write(path: string, content: string): void {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    const add = this.#written.has(path) ? appendFileSync : writeFileSync;
    this.#written.add(path);
    add(file, this.#withOurPorts(content));
  }

  /** The paths of all written files with that ending. */
  written(ending: string): string[] {
    return [...this.#written].filter((path) => path.endsWith(ending));
  }

  /**
   * Runs shell commands, and gives what they print, with the documents' ports. Variables that they
   * export are there for the next ones.
   *
   * @throws Error with all output when a command fails.
   */
  async run(commands: string): Promise<string> {
    const script = `set -e\n${this.#withOurPorts(commands)}\nenv -0 >&3\n`;
    const child = spawn("sh", ["-c", script], {
      cwd: this.folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    const [, out, err, variables] = child.stdio;
    const [[status], stdout = "", stderr = "", env = ""] = await Promise.all([
      once(child, "close"),
      ...[out, err, variables].map((pipe) => text(pipe as Readable)),
    ]);
    if (status !== 0) throw new Error(`${commands} failed (${status}):\n${stdout}${stderr}`);
    const entries = env.split("\0").filter((entry) => entry !== "");
    this.#env = Object.fromEntries(entries.map((entry) => entry.split(/=([^]*)/)));
    return this.#withTheirPorts(stdout);
  }

  /** Starts a server, and gives what it prints until it is ready. */
  async serve(command: string): Promise<string> {
    const isDev = command.includes("centrifugo-rpc dev");
    const isServe = command.includes("centrifugo-rpc serve");
    const ports = isDev ? "--port 0 --gateway-port 0" : isServe ? `--port ${GATEWAY_PORT}` : "";
    const script = this.#withOurPorts(`${command.trim()} ${ports}`);
    const server = spawn("sh", ["-c", `exec ${script}`], {
      cwd: this.folder,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
      // Its own process group, which is stopped whole: a server may start children.
      detached: true,
    });
    this.#servers.push(server);
    const output = await untilReady(server);
    if (isDev) {
      this.#ports.set(BROKER_PORT, portIn(output, "WebSocket"));
      this.#ports.set(GATEWAY_PORT, portIn(output, "Gateway"));
    }
    return this.#withTheirPorts(output);
  }

  /** What the gateway of the running server answers to a proxy request of Centrifugo. */
  async proxyRequest(path: string, body: object): Promise<unknown> {
    const { pathname } = new URL(this.#env["CENTRIFUGO_WRAPPER_URL"] ?? "http://localhost");
    const base = `http://127.0.0.1:${this.#ports.get(GATEWAY_PORT)}${pathname.replace(/\/$/, "")}`;
    const url = `${base}/centrifugo/${path}`;
    const headers = {
      "Content-Type": "application/json",
      "X-Proxy-Secret": this.#env["CENTRIFUGO_PROXY_SECRET"] ?? "",
    };
    return await (await fetch(url, { method: "POST", headers, body: JSON.stringify(body) })).json();
  }

  /** Stops the servers that run. */
  async stop(): Promise<void> {
    for (const server of this.#servers.splice(0)) {
      if (server.pid === undefined || server.exitCode !== null) continue;
      const exited = once(server, "close");
      process.kill(-server.pid, "SIGTERM");
      await exited;
    }
  }

  #withOurPorts(content: string): string {
    return content.replaceAll(/\b800[012]\b/g, (port) => {
      const ours = this.#ports.get(port);
      if (ours === undefined) throw new Error(`start "dev" before something names port ${port}`);
      return ours;
    });
  }

  #withTheirPorts(output: string): string {
    let result = output.replaceAll(this.folder, ".");
    for (const [theirs, ours] of this.#ports) result = result.replaceAll(`:${ours}`, `:${theirs}`);
    return result;
  }
}

/** Whether a file of an example belongs to it, and was not made by running it. */
function isSource(path: string): boolean {
  return !["generated", "node_modules", ".venv", "db.sqlite3"].includes(basename(path));
}

/** What a server prints up to the line that says that it is ready. */
async function untilReady(server: ChildProcess): Promise<string> {
  const printed = { stdout: "", stderr: "" };
  return await new Promise((resolve, reject) => {
    for (const stream of ["stdout", "stderr"] as const) {
      server[stream]?.setEncoding("utf8").on("data", (chunk: string) => {
        printed[stream] += chunk;
        // "serving" is the word of Centrifugo, "startup complete" that of uvicorn.
        if (/\b(ready|serving|startup complete)\b.*\n/i.test(printed[stream]))
          resolve(printed.stdout);
      });
    }
    server.once("close", () => {
      reject(new Error(`the server ended:\n${printed.stdout}${printed.stderr}`));
    });
  });
}

function portIn(output: string, name: string): string {
  const port = new RegExp(`^${name}\\s.*:(\\d+)`, "m").exec(output)?.[1];
  if (port === undefined) throw new Error(`no address of ${name} in:\n${output}`);
  return port;
}
