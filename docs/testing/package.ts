import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { findCentrifugo, findPython } from "../../testing/toolchains.js";
import { root } from "./markdown.js";
import { PROJECTS, PYTHON_PACKAGES } from "./project.js";

/** Puts both packages, as npm and pip install them, where the documents' projects find them. */
export function installPackages(): void {
  installPacked();
  const python = findPython();
  if (python !== undefined) installPython(python);
}

/**
 * Runs a program of the installed packages, as npx does. npx itself takes longer to start than most
 * of the programs.
 */
const NPX = `#!/bin/sh
program=$1
shift
exec "$(dirname "$0")/../node_modules/.bin/$program" "$@"
`;

/**
 * Puts the package, as `npm pack` makes it, where the documents' projects find it: they use what a
 * reader installs, and not the repository. And `npx` and Centrifugo, if installed, onto their path.
 */
function installPacked(): void {
  const packages = join(PROJECTS, "node_modules");
  const target = join(packages, "centrifugo-rpc");
  const json = execFileSync("npm", ["pack", "--dry-run", "--json"], {
    cwd: root,
    encoding: "utf8",
  });
  const [pack] = JSON.parse(json) as [{ files: { path: string }[] }];
  if (!existsSync(join(root, "dist/cli/main.js"))) throw new Error("run `npm run build` first");
  rmSync(packages, { recursive: true, force: true });
  for (const { path } of pack.files) cpSync(join(root, path), join(target, path));

  const { bin } = JSON.parse(readFileSync(join(target, "package.json"), "utf8")) as {
    bin: Record<string, string>;
  };
  mkdirSync(join(packages, ".bin"));
  for (const [name, path] of Object.entries(bin)) {
    chmodSync(join(target, path), 0o755);
    symlinkSync(join(target, path), join(packages, ".bin", name));
  }
  symlinkSync(join(root, "node_modules/.bin/tsx"), join(packages, ".bin/tsx"));

  const programs = join(PROJECTS, "bin");
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs);
  writeFileSync(join(programs, "npx"), NPX, { mode: 0o755 });
  const centrifugo = findCentrifugo();
  if (centrifugo) symlinkSync(resolve(root, centrifugo), join(programs, "centrifugo"));
}

/** Puts the Python backend where the projects find it. What it depends on is there already. */
function installPython(python: string): void {
  rmSync(PYTHON_PACKAGES, { recursive: true, force: true });
  const options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", PYTHON_PACKAGES];
  execFileSync(python, ["-m", "pip", "install", ...options, join(root, "python")]);
}
