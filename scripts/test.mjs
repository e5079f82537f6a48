// All tests: TypeScript and end to end (vitest), the Python client and the Python backend (pytest),
// the Go client (go test).
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import {
  build,
  installCentrifugo,
  installGo,
  installNode,
  installNewestPython,
  installOldestPython,
  installPackages,
  installPostgres,
  installProgram,
  installPython,
  installStaticcheck,
  output,
  root,
} from "./setup.mjs";

installPackages();
build();
const python = installPython();
const oldestPython = installOldestPython();
const newestPython = installNewestPython();
const go = installGo();
installCentrifugo();
installStaticcheck();
installProgram("redis-server", "redis-server", "the Centrifugo cluster");
installPostgres();
installProgram("chromium", "chromium", "the TypeScript client in a browser");

const newerNodes = [22, 24].map(installNode);
/** The rooms whose tests start no other program than Node.js and no build. */
const UNIT_TESTS = [
  "protocol",
  "schema",
  "contract",
  "handlers",
  "config",
  "client",
  "codegen",
  "gateway",
  "broker",
].map((room) => `src/${room}/`);

const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed of the tests whose own account is far up in the output. */
const failures = [];

/** Runs a test program, and adds what `count` reads of it; a failure without a count counts as one. */
function suite(name, command, args, options, count) {
  console.log(`\n== ${name}`);
  const { status, stdout } = spawnSync(command, args, {
    cwd: root,
    stdio: ["ignore", options.capture ? "pipe" : "inherit", "inherit"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    ...options,
  });
  const counts = count(stdout);
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of Object.keys(total)) total[key] += counts[key];
}

/** Where each failure of vitest is, and what was wrong there. */
function vitestFailures({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0 && message) return [`${file}\n${message}`];
    return failed.map(({ fullName, failureMessages }) => {
      const lines = failureMessages.join("\n").split("\n");
      const own = lines.filter((line) => !line.includes("node_modules"));
      return [`${file}: ${fullName}`, ...own].join("\n");
    });
  });
}

function vitestSuite(name, node, args) {
  const file = join(root, ".cache", "vitest.json");
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const vitest = [join("node_modules", "vitest", "vitest.mjs"), "run", ...reporters, ...args];
  suite(name, node, vitest, {}, () => {
    const report = JSON.parse(readFileSync(file, "utf8"));
    failures.push(...vitestFailures(report));
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
    return { passed, failed, skipped };
  });
}

vitestSuite("TypeScript and end to end", process.execPath, process.argv.slice(2));
for (const node of newerNodes) {
  vitestSuite(`Unit tests on Node.js ${output(node, ["--version"])}`, node, UNIT_TESTS);
}

function pytestSuite(name, python, folder) {
  const report = join(root, ".cache", "pytest.xml");
  rmSync(report, { force: true });
  const args = ["-m", "pytest", "-q", `--junitxml=${report}`];
  suite(name, python, args, { cwd: join(root, folder) }, () => {
    const xml = existsSync(report) ? readFileSync(report, "utf8") : "";
    const read = (count) =>
      Number(new RegExp(`<testsuite [^>]*\\b${count}="(\\d+)"`).exec(xml)?.[1] ?? 0);
    const failed = read("failures") + read("errors");
    const skipped = read("skipped");
    return { passed: read("tests") - failed - skipped, failed, skipped };
  });
}

const pythons = [
  ["", python],
  [", oldest Python and packages", oldestPython],
  [", newest Python", newestPython],
];
for (const [suffix, interpreter] of pythons.filter(([, path]) => path)) {
  pytestSuite(`Python client${suffix}`, interpreter, "clients/python");
  pytestSuite(`Python backend${suffix}`, interpreter, "python");
}

if (go) {
  suite(
    "Go client",
    go,
    ["test", "-json", "./..."],
    { cwd: join(root, "clients/go"), capture: true },
    (stdout) => {
      const counts = { passed: 0, failed: 0, skipped: 0 };
      const actions = { pass: "passed", fail: "failed", skip: "skipped" };
      const output = new Map();
      for (const line of (stdout ?? "").split("\n").filter((text) => text.startsWith("{"))) {
        const event = JSON.parse(line);
        const key = event.Test ?? event.Package;
        if (event.Action === "output") output.set(key, (output.get(key) ?? "") + event.Output);
        if (event.Action === "fail") console.log(output.get(key) ?? "");
        if (event.Test && actions[event.Action]) counts[actions[event.Action]]++;
      }
      console.log(`${counts.passed} passed, ${counts.failed} failed`);
      return counts;
    },
  );
}

// Who reads only the end of a long log sees what failed.
for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
