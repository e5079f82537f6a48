import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { packageVersion } from "../../src/cli/project/package-files.js";
import { findPython } from "../../testing/toolchains.js";

// The Python backend passes the checks that its users run over their own code. Its tests are
// pytest's; `tests/typing_checks.py` has what type checkers must refuse.

// Type checkers take their time on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "python");

/** What a command prints when it fails in the package's folder, or nothing. */
function complaints(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  const output = [stdout, stderr, error?.message].filter(Boolean).join("\n");
  return status === 0 ? "" : `exit code ${status}\n${output.slice(0, 8000)}`;
}

test("the Python backend has the version of the npm package", () => {
  const version = /^version = "(.*)"$/m.exec(readFileSync(join(folder, "pyproject.toml"), "utf8"));
  expect(version?.[1]).toBe(packageVersion());
});

test("what the Python packages need is tested at its oldest version", () => {
  const read = (path: string): string => readFileSync(join(root, path), "utf8");
  const tested = read("python/requirements-oldest.txt").split("\n");
  for (const path of ["python/pyproject.toml", "clients/python/pyproject.toml"]) {
    const [, project = ""] = read(path).split("[project]");
    const bounds = [...project.matchAll(/"([\w-]+)>=([\d.]+)/g)];
    expect(bounds.length).toBeGreaterThan(1);
    const untested = bounds.filter(([, name, version]) => {
      const pins = [`${name}==${version}`, `${name}==${version}.0`];
      return !tested.some((line) => pins.includes(line));
    });
    expect(untested.map(([bound]) => bound)).toEqual([]);
  }
});

describe.skipIf(findPython() === undefined)("the Python backend", () => {
  const python = findPython() ?? "python";

  test("passes mypy --strict", () => {
    expect(complaints(python, ["-m", "mypy"])).toBe("");
  });

  test("passes pyright in strict mode", () => {
    const pyright = join(root, "node_modules", "pyright", "index.js");
    expect(complaints(process.execPath, [pyright, "--pythonpath", python])).toBe("");
  });

  test("is formatted as ruff does, and passes its lint", () => {
    expect(complaints(python, ["-m", "ruff", "format", "--check", "--diff", "."])).toBe("");
    expect(complaints(python, ["-m", "ruff", "check", "--output-format=concise", "."])).toBe("");
  });
});
