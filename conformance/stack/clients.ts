import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { findGo, findProgram, findPython } from "../../testing/toolchains.js";
import { startPage } from "./browser-link.js";
import type { DriverLink } from "./driver.js";
import { startProcess } from "./process-link.js";

const drivers = resolve(import.meta.dirname, "../drivers");

/** Starts a driver of one kind of client. */
export type StartDriver = () => DriverLink | Promise<DriverLink>;

/** How to start each client; undefined if its language is not installed. */
export const clients: Record<string, () => StartDriver | undefined> = {
  TypeScript: () => {
    const command = [process.execPath, "--import", "tsx", join(drivers, "typescript/main.ts")];
    return () => startProcess(command);
  },
  "TypeScript in Chromium": () => {
    const chromium = findProgram("chromium");
    return chromium === undefined ? undefined : () => startPage(chromiumPath());
  },
  Python: () => {
    const python = findPython();
    if (python === undefined) return undefined;
    return () => startProcess([python, join(drivers, "python/driver.py")]);
  },
  Go: () => {
    const go = findGo();
    if (go === undefined) return undefined;
    const binary = buildGoDriver(go);
    return () => startProcess([binary]);
  },
};

function chromiumPath(): string {
  return spawnSync("which", ["chromium"], { encoding: "utf8" }).stdout.trim();
}

function buildGoDriver(go: string): string {
  const cache = resolve(import.meta.dirname, "../../.cache");
  mkdirSync(cache, { recursive: true });
  const binary = join(cache, "go-driver");
  const { status, stderr } = spawnSync(go, ["build", "-o", binary, "."], {
    cwd: join(drivers, "go"),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the Go driver does not build: ${stderr}`);
  return binary;
}
