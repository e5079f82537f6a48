import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CallLogInUseError } from "../call-log-errors.js";
import { FileOwner } from "./file-owner.js";

const linux = process.platform === "linux";
const folders: string[] = [];
const owners: FileOwner[] = [];

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(owners.splice(0).map((owner) => owner.release()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "owner-"));
  folders.push(folder);
  return join(folder, "calls.db");
}

async function take(path: string, onLost: () => void = () => undefined): Promise<FileOwner> {
  const owner = await FileOwner.take(path, onLost);
  owners.push(owner);
  return owner;
}

/** What a process of another system has left beside the file, so many milliseconds ago. */
function leaveMark(path: string, agoMs: number, text = JSON.stringify({ pid: 1, host: "other" })) {
  const mark = `${path}.owner-left`;
  writeFileSync(mark, text);
  const then = (Date.now() - agoMs) / 1000;
  utimesSync(mark, then, then);
  return mark;
}

describe("a file of the call log", () => {
  it("belongs to one at a time", async () => {
    const path = newPath();
    const first = await take(path);
    const second = take(path);
    await expect(second).rejects.toThrow(CallLogInUseError);
    await expect(second).rejects.toThrow(
      `${path} is in use by process ${process.pid} on ${hostname()}: give each gateway`,
    );
    await first.release();
    await take(path);
    expect(readdirSync(join(path, "..")).filter((name) => name.includes("owner-"))).toHaveLength(1);
  });

  it("never belongs to two of many who take it at once", async () => {
    const path = newPath();
    for (let round = 0; round < 20; round++) {
      const attempts = await Promise.allSettled(Array.from({ length: 5 }, () => take(path)));
      expect(attempts.filter(({ status }) => status === "fulfilled").length).toBeLessThanOrEqual(1);
      await Promise.all(owners.splice(0).map((owner) => owner.release()));
    }
    await take(path);
  });

  it.runIf(linux)("is free when its owner was killed, also if another has its number", async () => {
    const path = newPath();
    const child = spawn("sleep", ["60"]);
    const pid = child.pid ?? 0;
    const identity = { ...(await ownIdentity()), pid, started: startOf(pid) };
    leaveMark(path, 60_000, JSON.stringify(identity));
    await expect(take(path)).rejects.toThrow(`process ${pid}`);
    leaveMark(path, 0, JSON.stringify({ ...identity, started: "1" }));
    await (await take(path)).release();
    leaveMark(path, 0, JSON.stringify(identity));
    child.kill("SIGKILL");
    await once(child, "exit");
    await take(path);
  });

  it("is taken from a process of another machine only when it gives no sign of life", async () => {
    const path = newPath();
    leaveMark(path, 5000);
    await expect(take(path)).rejects.toThrow("process 1 on other");
    const mark = leaveMark(path, 11_000);
    await take(path);
    expect(existsSync(mark)).toBe(false);
  });

  it.each(["", "{", '{"pid":"x"}'])(
    "has an owner that is just writing its mark: %j",
    async (text) => {
      const path = newPath();
      leaveMark(path, 0, text);
      await expect(take(path)).rejects.toThrow(CallLogInUseError);
      leaveMark(path, 11_000, text);
      await take(path);
    },
  );

  it("shows that its owner lives", async () => {
    const path = newPath();
    await take(path);
    const mark = markOf(path);
    utimesSync(mark, 0, 0);
    await expect.poll(() => statSync(mark).mtimeMs).toBeGreaterThan(1000);
  });

  it("cannot be where it cannot be written, and leaves nothing there", async () => {
    const path = newPath();
    mkdirSync(path);
    await expect(take(path)).rejects.toThrow("EISDIR");
    await expect(take(path)).rejects.toThrow("EISDIR");
    expect(readdirSync(join(path, ".."))).toEqual(["calls.db"]);
  });

  it("is lost when another process has taken it from one that stood still", async () => {
    const path = newPath();
    const lost = vi.fn<() => void>();
    const owner = await take(path, lost);
    rmSync(markOf(path));
    vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
    await expect(owner.confirm()).rejects.toThrow(CallLogInUseError);
    expect(lost).toHaveBeenCalledOnce();
  });

  it("has its lock removed when that was left behind", async () => {
    const path = newPath();
    const owner = await take(path);
    await owner.clearLock();
    mkdirSync(`${path}.lock`);
    await owner.clearLock();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("is for its user alone, and a folder that is made for it stays out of git", async () => {
    const folder = join(newPath(), "..", "new");
    await take(join(folder, "calls.db"));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "calls.db")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toContain(".gitignore");
    const known = newPath();
    await take(known);
    expect(readdirSync(join(known, ".."))).not.toContain(".gitignore");
  });
});

/** What this process writes of itself. */
async function ownIdentity(): Promise<object> {
  const path = newPath();
  const owner = await take(path);
  const identity = JSON.parse(readFileSync(markOf(path), "utf8")) as object;
  await owner.release();
  return identity;
}

/** When a process started, as in proc(5). */
function startOf(pid: number): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ")[19];
}

function markOf(path: string): string {
  const folder = join(path, "..");
  const name = readdirSync(folder).find((each) => each.includes(".owner-"));
  return join(folder, name ?? "");
}
