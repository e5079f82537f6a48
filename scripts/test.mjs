// All tests: TypeScript and end to end (vitest), the Python client and the Python backend (pytest),
// the Go client (go test). The end-to-end tests often wait for other processes, so the suites that
// do not are run one after the other at the same time.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { build, installPackages, installTestPrograms, output, root } from "./setup.mjs";

const [programs] = await Promise.all([installTestPrograms(), installPackages().then(build)]);

/** The rooms that use what Node.js brings: sockets, HTTP, files, timers. Their tests start no program. */
const RUNTIME_ROOMS = ["handlers", "config", "client", "test-client", "gateway", "broker"];
/** The rooms of the language alone: what works on Node.js 20 and on 24 works on 22. */
const PURE_ROOMS = ["protocol", "schema", "contract", "codegen", "redaction"];

const total = { passed: 0, failed: 0, skipped: 0 };
/** What failed of the tests whose own account is far up in the output. */
const failures = [];

/**
 * Runs a test program, and adds what `count` reads of its output. A failure without a count counts
 * as one. Returns what it printed, unless it inherits the output.
 */
async function suite(command, args, { inherit = false, ...options }, count) {
  const stdio = ["ignore", inherit ? "inherit" : "pipe", inherit ? "inherit" : "pipe"];
  const child = spawn(command, args, { cwd: root, ...options, stdio });
  const [stdout, stderr, [status]] = await Promise.all([
    inherit ? "" : text(child.stdout),
    inherit ? "" : text(child.stderr),
    once(child, "close"),
  ]);
  const { printed = stdout, ...counts } = count(stdout);
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  for (const key of Object.keys(total)) total[key] += counts[key];
  return printed + stderr;
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

function vitestSuite(name, node, args, options = {}) {
  const file = join(root, ".cache", `${name}.json`);
  rmSync(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const vitest = [join("node_modules", "vitest", "vitest.mjs"), "run", ...reporters, ...args];
  return suite(node, vitest, options, () => {
    if (!existsSync(file)) return { passed: 0, failed: 0, skipped: 0 };
    const report = JSON.parse(readFileSync(file, "utf8"));
    failures.push(...vitestFailures(report));
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped } = report;
    return { passed, failed, skipped };
  });
}

function unitTests(node, rooms) {
  const name = `vitest-node-${output(node, ["--version"])}`;
  return vitestSuite(name, node, ["--maxWorkers=1", ...rooms.map((room) => `src/${room}/`)]);
}

function pytestSuite(python, folder) {
  const report = join(root, ".cache", "pytest.xml");
  rmSync(report, { force: true });
  const args = ["-m", "pytest", "-q", `--junitxml=${report}`];
  return suite(python, args, { cwd: join(root, folder) }, () => {
    const xml = existsSync(report) ? readFileSync(report, "utf8") : "";
    const read = (count) =>
      Number(new RegExp(`<testsuite [^>]*\\b${count}="(\\d+)"`).exec(xml)?.[1] ?? 0);
    const failed = read("failures") + read("errors");
    const skipped = read("skipped");
    return { passed: read("tests") - failed - skipped, failed, skipped };
  });
}

function goSuite(go) {
  return suite(go, ["test", "-json", "./..."], { cwd: join(root, "clients/go") }, (stdout) => {
    const counts = { passed: 0, failed: 0, skipped: 0 };
    const actions = { pass: "passed", fail: "failed", skip: "skipped" };
    const outputs = new Map();
    let printed = "";
    for (const line of stdout.split("\n").filter((text) => text.startsWith("{"))) {
      const event = JSON.parse(line);
      const key = event.Test ?? event.Package;
      if (event.Action === "output") outputs.set(key, (outputs.get(key) ?? "") + event.Output);
      if (event.Action === "fail") printed += outputs.get(key) ?? "";
      if (event.Test && actions[event.Action]) counts[actions[event.Action]]++;
    }
    printed += `${counts.passed} passed, ${counts.failed} failed\n`;
    return { ...counts, printed };
  });
}

const { python, oldestPython, newestPython, go, node22, node24 } = programs;
/** The suites that run one after the other, beside the end-to-end tests. */
const besides = [
  ["Python client", python && (() => pytestSuite(python, "clients/python"))],
  ["Python backend", python && (() => pytestSuite(python, "python"))],
  ["Go client", go && (() => goSuite(go))],
  ["Unit tests on Node.js 22", () => unitTests(node22, RUNTIME_ROOMS)],
  ["Unit tests on Node.js 24", () => unitTests(node24, [...RUNTIME_ROOMS, ...PURE_ROOMS])],
  ["Python client, oldest", oldestPython && (() => pytestSuite(oldestPython, "clients/python"))],
  ["Python backend, oldest", oldestPython && (() => pytestSuite(oldestPython, "python"))],
  ["Python client, newest", newestPython && (() => pytestSuite(newestPython, "clients/python"))],
  ["Python backend, newest", newestPython && (() => pytestSuite(newestPython, "python"))],
].filter(([, start]) => start);

async function runBesides() {
  const accounts = [];
  for (const [name, start] of besides) {
    const account = await start();
    accounts.push(`\n== ${String(name)}\n${String(account)}`);
  }
  return accounts;
}

console.log("\n== TypeScript and end to end");
const [accounts] = await Promise.all([
  runBesides(),
  vitestSuite("vitest", process.execPath, process.argv.slice(2), { inherit: true }),
]);
for (const account of accounts) console.log(account);

// Who reads only the end of a long log sees what failed.
for (const failure of failures) console.log(`\nFAILED ${failure}`);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
