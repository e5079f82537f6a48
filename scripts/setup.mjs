// Brings a fresh clone to where everything runs: npm packages, the build, Python environments and
// the Go modules. Uses nothing but Node.js itself, so that it can be the very first thing to run.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once as event } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const onCI = Boolean(process.env.CI);
const windows = process.platform === "win32";

/** Runs a command and ends the process when it fails. */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: "inherit", shell: windows, ...options });
  const [status] = await event(child, "exit").catch((error) => [error.message]);
  if (status === 0) return;
  console.error(`\n${command} ${args.join(" ")} failed: ${status}`);
  process.exit(1);
}

/** Runs a TypeScript file of this project from its sources. */
export function runSource(file, ...args) {
  const options = ["--conditions=centrifugo-rpc-source", "--import=tsx"];
  return run(process.execPath, [...options, file, ...args]);
}

/** The output of a command, or undefined when it fails or is not there. */
export function output(command, args) {
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    shell: windows,
  });
  return status === 0 ? stdout.trim() : undefined;
}

/** Runs `task` unless the files it depends on are as they were when it ran last. */
async function once(name, files, isThere, task) {
  const stamp = join(root, ".cache", `${name}.stamp`);
  const hash = createHash("sha256").update(process.version);
  for (const file of files) hash.update(readFileSync(join(root, file)));
  const digest = hash.digest("hex");
  if (isThere() && existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return;
  await task();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
}

/** The npm packages of package-lock.json. */
export async function installPackages() {
  const isThere = () => existsSync(join(root, "node_modules", ".package-lock.json"));
  await once("packages", ["package-lock.json"], isThere, async () => {
    console.log("Installing npm packages …");
    await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
  });
}

/** The newest Node.js of a major version, from its package in the npm registry. */
export async function installNode(major) {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = join(root, ".cache", `node-${major}`);
  const binary = join(folder, "node_modules", name, "bin", windows ? "node.exe" : "node");
  await once(
    `node-${major}`,
    [],
    () => existsSync(binary),
    async () => {
      console.log(`Installing Node.js ${major} …`);
      const options = ["--prefix", folder, "--no-save", "--no-audit", "--no-fund"];
      await run("npm", ["install", ...options, "--loglevel=error", `${name}@${major}`]);
    },
  );
  return binary;
}

/** `dist/`, from `src/`. */
export async function build() {
  await run(process.execPath, [
    join("node_modules", "typescript", "bin", "tsc"),
    "-p",
    "tsconfig.build.json",
  ]);
}

const PYTHON_CHECK = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))";

/** The first of these Python interpreters that is 3.10 or newer and can make environments. */
function firstPython(names) {
  return names.find((name) => output(name, ["-c", PYTHON_CHECK]) !== undefined);
}

/** A Python of at least 3.10 on this machine, or undefined. */
export function systemPython() {
  return firstPython(["python3", "python", ...["3.13", "3.12", "3.11", "3.10"].map(nameOf)]);
}

/** Python of this minor version, from the PATH or from pyenv, or undefined. */
function pythonOfVersion(version) {
  const folder = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const installed = existsSync(folder) ? readdirSync(folder) : [];
  const matching = installed.filter((name) => name.startsWith(`${version}.`));
  return firstPython([
    nameOf(version),
    ...matching.map((name) => join(folder, name, "bin/python")),
  ]);
}

const nameOf = (version) => `python${version}`;

/** The interpreter of a virtual environment in `.cache`. */
export const venvPython = (name) =>
  join(root, ".cache", name, windows ? "Scripts/python.exe" : "bin/python");

const DEV_REQUIREMENTS = ["clients/python/requirements-dev.txt", "python/requirements-dev.txt"];

/**
 * A virtual environment with the packages that the Python client, the Python backend and their
 * checks need. Returns its interpreter, or undefined without Python; on CI Python must be there.
 */
export async function installPython() {
  return installVenv("venv", DEV_REQUIREMENTS, systemPython());
}

/**
 * As {@link installPython}, with the oldest packages that the Python packages support, on the oldest
 * Python if it is installed.
 */
export async function installOldestPython() {
  const python = pythonOfVersion("3.10") ?? systemPython();
  return installVenv("venv-oldest", ["python/requirements-oldest.txt"], python);
}

/** As {@link installPython}, on the newest Python that is tested; undefined if not installed. */
export async function installNewestPython() {
  const python = pythonOfVersion("3.13");
  if (python) return installVenv("venv-newest", DEV_REQUIREMENTS, python);
  console.log("Python 3.13 is not installed: its tests are left out.");
  return undefined;
}

async function installVenv(name, requirements, python) {
  if (python === undefined) return missing("Python 3.10 or newer", "what is written in Python");
  const interpreter = venvPython(name);
  await once(
    name,
    requirements,
    () => existsSync(interpreter),
    async () => {
      console.log(`Installing Python packages (${name}) …`);
      await run(python, ["-m", "venv", "--clear", join(root, ".cache", name)]);
      const files = requirements.flatMap((file) => ["-r", file]);
      await run(interpreter, ["-m", "pip", "install", "--quiet", ...files]);
    },
  );
  return interpreter;
}

/** `go` with the modules of the Go client downloaded, or undefined without Go. */
export async function installGo() {
  if (output("go", ["version"]) === undefined) return missing("Go", "the Go client");
  await once(
    "go",
    ["clients/go/go.sum"],
    () => true,
    async () => {
      console.log("Downloading Go modules …");
      await run("go", ["mod", "download"], { cwd: join(root, "clients/go") });
    },
  );
  return "go";
}

/**
 * A real Centrifugo: that of CENTRIFUGO_BIN, else one that is built here from its Go module; or
 * undefined without Go.
 */
export async function installCentrifugo() {
  if (process.env.CENTRIFUGO_BIN) return process.env.CENTRIFUGO_BIN;
  if (output("go", ["version"]) === undefined) return missing("Go", "the real Centrifugo");
  const module = "github.com/centrifugal/centrifugo/v6";
  const folder = join(root, "conformance/centrifugo");
  const binary = join(root, ".cache", windows ? "centrifugo.exe" : "centrifugo");
  await once(
    "centrifugo",
    ["conformance/centrifugo/go.mod"],
    () => existsSync(binary),
    async () => {
      console.log("Building Centrifugo (some minutes the first time) …");
      const version = /centrifugo\/v6 v(\S+)/.exec(
        readFileSync(join(folder, "go.mod"), "utf8"),
      )?.[1];
      const flags = `-X ${module}/internal/build.Version=${version}`;
      await run("go", ["build", "-o", binary, "-ldflags", flags, module], { cwd: folder });
    },
  );
  return binary;
}

/** staticcheck, with which generated Go is checked, built here from its Go module. */
export async function installStaticcheck() {
  if (output("go", ["version"]) === undefined) return missing("Go", "staticcheck");
  const binary = join(root, ".cache", windows ? "staticcheck.exe" : "staticcheck");
  await once(
    "staticcheck",
    ["conformance/staticcheck/go.mod"],
    () => existsSync(binary),
    async () => {
      console.log("Building staticcheck …");
      const folder = join(root, "conformance/staticcheck");
      await run("go", ["build", "-o", binary, "honnef.co/go/tools/cmd/staticcheck"], {
        cwd: folder,
      });
    },
  );
  return binary;
}

const POSTGRES_VERSIONS = "/usr/lib/postgresql";

/** The programs that may be on this machine; on CI they are installed from Debian's packages. */
const PROGRAMS = [
  {
    name: "redis-server",
    part: "the Centrifugo cluster",
    debianPackage: "redis-server",
    isThere: () => output("redis-server", ["--version"]) !== undefined,
  },
  {
    name: "PostgreSQL",
    part: "the call log in PostgreSQL",
    debianPackage: "postgresql",
    // Debian keeps its server off the path.
    isThere: () =>
      output("postgres", ["--version"]) !== undefined ||
      (existsSync(POSTGRES_VERSIONS) &&
        readdirSync(POSTGRES_VERSIONS).some((version) =>
          existsSync(join(POSTGRES_VERSIONS, version, "bin/postgres")),
        )),
  },
  {
    name: "chromium",
    part: "the TypeScript client in a browser",
    debianPackage: "chromium",
    isThere: () => output("chromium", ["--version"]) !== undefined,
  },
];

/** Redis, PostgreSQL and Chromium. */
export async function installPrograms() {
  const absent = PROGRAMS.filter(({ isThere }) => !isThere());
  if (!onCI) for (const { name, part } of absent) missing(name, part);
  if (!onCI || absent.length === 0) return;
  const packages = absent.map(({ debianPackage }) => debianPackage);
  console.log(`Installing ${packages.join(", ")} …`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
  await run("apt-get", ["update", "-qq"], options);
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], options);
}

/** Everything that the tests need besides the npm packages, installed at the same time. */
export async function installTestPrograms() {
  const [python, oldestPython, newestPython, go, node22, node24] = await Promise.all([
    installPython(),
    installOldestPython(),
    installNewestPython(),
    installGo(),
    installNode(22),
    installNode(24),
    installPrograms(),
    installCentrifugo(),
    installStaticcheck(),
  ]);
  return { python, oldestPython, newestPython, go, node22, node24 };
}

function missing(tool, part) {
  if (onCI) {
    console.error(`${tool} is missing: on CI nothing may be left out`);
    process.exit(1);
  }
  console.log(`${tool} is not on this machine: ${part} is left out.`);
  return undefined;
}
