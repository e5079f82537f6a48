import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import {
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { CallLogInUseError } from "../call-log-errors.js";

/** How often an owner shows that it lives, and after how long it is taken for dead. */
const BEAT_MS = 2000;
const DEAD_AFTER_MS = 10_000;

const identity = z.object({
  pid: z.int(),
  host: z.string(),
  /** When the process started, and in which system: what `pid` means is known only there. */
  started: z.string().optional(),
  system: z.string().optional(),
});
type Identity = z.infer<typeof identity>;

/**
 * Makes a file belong to one process at a time. The SQL package's own lock is a folder that a killed
 * process leaves behind; whoever owns the file may remove it.
 *
 * Each process that wants the file puts a file `NAME.owner-ID` beside it, and then looks whether
 * that of another living process is there. Of two that come at once, one at least sees the other.
 */
export class FileOwner {
  readonly #path: string;
  readonly #mark: string;
  readonly #onLost: () => void;
  #beat: NodeJS.Timeout | undefined;
  #lastBeat = 0;

  private constructor(path: string, onLost: () => void) {
    this.#path = path;
    this.#mark = `${path}.owner-${randomUUID()}`;
    this.#onLost = onLost;
  }

  /**
   * Takes the file, which need not exist yet; its folder is made.
   *
   * @param onLost called when another process has taken the file because this one stood still.
   * @throws CallLogInUseError when another living process has it.
   */
  static async take(path: string, onLost: () => void): Promise<FileOwner> {
    await makeFolder(dirname(path));
    const owner = new FileOwner(path, onLost);
    try {
      await writeFile(owner.#mark, JSON.stringify(self()), { mode: 0o600 });
      const other = await owner.#livingOther();
      if (other) throw inUse(path, other);
      // A new file is for this user alone.
      await (await open(path, "a", 0o600)).close();
    } catch (error) {
      await rm(owner.#mark, { force: true });
      throw error;
    }
    owner.#lastBeat = Date.now();
    owner.#beat = setInterval(() => void owner.confirm().catch(() => undefined), BEAT_MS).unref();
    return owner;
  }

  /** Removes the lock that this process's own worker, or a dead owner, has left behind. */
  async clearLock(): Promise<void> {
    await rmdir(`${this.#path}.lock`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
  }

  /**
   * Shows that this process lives, unless it just did.
   *
   * @throws CallLogInUseError when it was taken for dead.
   */
  async confirm(): Promise<void> {
    const now = Date.now();
    if (now - this.#lastBeat < BEAT_MS / 2) return;
    try {
      await utimes(this.#mark, now / 1000, now / 1000);
      this.#lastBeat = now;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      clearInterval(this.#beat);
      this.#onLost();
      throw inUse(this.#path, undefined);
    }
  }

  /** Leaves the file to others. Close it first. */
  async release(): Promise<void> {
    clearInterval(this.#beat);
    await rm(this.#mark, { force: true });
  }

  /** A living process that has the file; the marks of dead ones are removed. */
  async #livingOther(): Promise<Identity | undefined> {
    const folder = dirname(this.#path);
    const prefix = `${basename(this.#path)}.owner-`;
    for (const name of await readdir(folder)) {
      const mark = join(folder, name);
      if (!name.startsWith(prefix) || mark === this.#mark) continue;
      const other = await readMark(mark);
      if (other === "gone") continue;
      if (other.alive) return other.identity;
      await rm(mark, { force: true });
    }
    return undefined;
  }
}

/** Makes a folder that is for this user alone and stays out of git. */
async function makeFolder(folder: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await writeFile(join(folder, ".gitignore"), "*\n");
}

async function readMark(mark: string) {
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(mark), readFile(mark, "utf8")]);
    const fresh = Date.now() - mtimeMs < DEAD_AFTER_MS;
    const other = readIdentity(text);
    const alive = other && sameSystem(other) ? startOf(other.pid) === other.started : fresh;
    return { alive, identity: other ?? { pid: 0, host: hostname() } };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "gone";
    throw error;
  }
}

/** `undefined` for what is just being written, and for what a power failure has left of it. */
function readIdentity(text: string): Identity | undefined {
  try {
    return identity.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function sameSystem(other: Identity): boolean {
  return other.system !== undefined && other.system === system();
}

function self(): Identity {
  return { pid: process.pid, host: hostname(), started: startOf(process.pid), system: system() };
}

/** Where process numbers mean the same: this boot of this machine, in this container (Linux). */
function system(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

/** When a process started, as Linux counts; `undefined` when there is none. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold spaces.
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function inUse(path: string, other: Identity | undefined): CallLogInUseError {
  const who = other ? `process ${other.pid} on ${other.host}` : "another process";
  return new CallLogInUseError(
    `the call log ${path} is in use by ${who}: give each gateway a file of its own with ` +
      `CENTRIFUGO_LOG_DATABASE_URL, or all of them one PostgreSQL`,
  );
}
