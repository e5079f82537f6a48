// Shows the whole way on this machine: broker, gateway and handlers, generated clients, calls.
import { spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  build,
  installGo,
  installPackages,
  run,
  systemPython,
  venvPython,
  root,
} from "./setup.mjs";

const example = join("examples", "tasks");
const cli = join("dist", "cli", "main.js");
let steps = 0;

function step(text) {
  console.log(`\n${++steps}. ${text}`);
}

/** Starts `dev` on free ports; its URL and token once it is ready, and how to stop it. */
async function startDev(handlers, user) {
  const child = spawn(
    process.execPath,
    [cli, "dev", handlers, "--port", "0", "--gateway-port", "0", "--user", user],
    { cwd: root, stdio: ["ignore", "pipe", "inherit"] },
  );
  const found = {};
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("Ready")) break;
    console.log(`   ${line}`);
    const [, name, value] = /^(\w+(?: \w+)?)\s{2,}(\S.*)$/.exec(line) ?? [];
    if (name) found[name] = value;
  }
  if (!found.WebSocket) throw new Error("the server did not start");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  return { url: found.WebSocket, token: found.Token, stop };
}

/** Runs a caller program and shows what it prints; fails when it does. */
function show(command, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    encoding: "utf8",
    ...options,
  });
  process.stdout.write((stdout ?? "").replace(/^(?=.)/gm, "   "));
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stderr}`);
}

step("Install and build");
await installPackages();
await build();
console.log("   done");

step("Start the embedded broker, the gateway and the handlers of examples/tasks");
const server = await startDev(join(example, "handlers.ts"), "anna");
const caller = [server.url, server.token, "anna"];
try {
  step("Generate the clients into examples/tasks/generated");
  const handlers = join(example, "handlers.ts");
  const output = join(example, "generated");
  show(process.execPath, [
    cli,
    "generate_centrifugo_clients",
    handlers,
    "--output",
    output,
    "--all",
  ]);

  step("Call the handlers over the WebSocket, from TypeScript");
  show(process.execPath, ["--import", "tsx", join(example, "call.ts"), ...caller]);

  step("The same from Python");
  if (systemPython() === undefined) {
    console.log("   left out: there is no Python 3.10 or newer on this machine");
  } else {
    await run(systemPython(), ["-m", "venv", join(root, ".cache", "demo-venv")]);
    const python = venvPython("demo-venv");
    show(python, ["-m", "pip", "install", "--quiet", join(output, "python")]);
    show(python, [join(example, "call.py"), ...caller]);
  }

  step("The same from Go");
  if ((await installGo()) !== undefined) {
    show("go", ["run", ".", ...caller], { cwd: join(root, example, "call-go") });
  }

  step("Call from the command line");
  const params = '{"user_id":"123"}';
  console.log(`   centrifugo-rpc call tasks.get_stats '${params}'`);
  show(process.execPath, [cli, "call", "tasks.get_stats", params, "--user", "anna"]);
} finally {
  await server.stop();
}

console.log("\nThat is all of it. Next: docs/backend-guide.md and docs/frontend-guide.md.");
