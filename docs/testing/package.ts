import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
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
 * Puts the package, as `npm pack` makes it, where the documents' projects find it: they use what a
 * reader installs, and not the repository. And Centrifugo, if there is one, onto their path.
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

  const bin = join(target, "dist/cli/main.js");
  chmodSync(bin, 0o755);
  mkdirSync(join(packages, ".bin"));
  symlinkSync(bin, join(packages, ".bin/centrifugo-rpc"));

  const programs = join(PROJECTS, "bin");
  rmSync(programs, { recursive: true, force: true });
  mkdirSync(programs);
  const centrifugo = findCentrifugo();
  if (centrifugo) symlinkSync(resolve(root, centrifugo), join(programs, "centrifugo"));
}

/** Puts the Python backend where the projects find it. What it depends on is there already. */
function installPython(python: string): void {
  rmSync(PYTHON_PACKAGES, { recursive: true, force: true });
  const options = ["--quiet", "--no-deps", "--no-build-isolation", "--target", PYTHON_PACKAGES];
  execFileSync(python, ["-m", "pip", "install", ...options, join(root, "python")]);
}
