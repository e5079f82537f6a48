import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Client } from "pg";
import { freePort } from "../ports.js";

/** A PostgreSQL with its files in a temporary folder. */
export interface PostgresProcess {
  /** Creates a database and returns its URL. */
  createDatabase(): Promise<string>;
  /** Ends it, as `pg_ctl stop -m immediate` does; {@link start} brings it back with its data. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** The options of {@link startPostgres}. */
export interface PostgresOptions {
  /** Whether commits wait for the disk, as they do by default. A test need not wait. */
  fsync: boolean;
}

/** PostgreSQL refuses to run as root. */
const RUN_AS = process.getuid?.() === 0 ? userIds("postgres") : undefined;

/**
 * Starts PostgreSQL and waits until it accepts connections.
 *
 * @param programs the folder of its programs.
 */
export async function startPostgres(
  programs: string,
  options: PostgresOptions = { fsync: false },
): Promise<PostgresProcess> {
  const folder = mkdtempSync(join(tmpdir(), "postgres-"));
  if (RUN_AS) chownSync(folder, RUN_AS.uid, RUN_AS.gid);
  const data = join(folder, "data");
  const port = await freePort();
  const url = `postgres://test@127.0.0.1:${port}`;
  execFileSync(
    join(programs, "initdb"),
    ["-D", data, "-U", "test", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    { ...RUN_AS, cwd: folder, stdio: "pipe" },
  );
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    fsync: options.fsync ? "on" : "off",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let server: ChildProcess | undefined;
  let databases = 0;

  async function start(): Promise<void> {
    const child = spawn(join(programs, "postgres"), ["-D", data, "-p", String(port), ...args], {
      ...RUN_AS,
      cwd: folder,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server = child;
    let output = "";
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr }).on("line", (line) => {
        output += `${line}\n`;
        if (line.includes("ready to accept connections")) resolve();
      });
      child.once("exit", () => reject(new Error(`PostgreSQL ended: ${output}`)));
    });
  }

  async function stop(): Promise<void> {
    const child = server;
    server = undefined;
    if (!child) return;
    const exited = once(child, "exit");
    child.kill("SIGQUIT");
    await exited;
  }

  await start();
  return {
    start,
    stop,
    async createDatabase() {
      const name = `test${++databases}`;
      const client = new Client({ connectionString: `${url}/postgres` });
      await client.connect();
      await client.query(`CREATE DATABASE ${name}`);
      await client.end();
      return `${url}/${name}`;
    },
    async close() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function userIds(name: string): { uid: number; gid: number } {
  const id = (flag: string): number => Number(execFileSync("id", [flag, name]).toString());
  return { uid: id("-u"), gid: id("-g") };
}
