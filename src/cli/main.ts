#!/usr/bin/env node
import { Command, Option } from "commander";
import {
  CONFIG_FORMATS,
  CONTRACT_FORMATS,
  ackCount,
  callSeconds,
  fixedPort,
  graceSeconds,
  httpUrl,
  jsonObject,
  logStatuses,
  milliseconds,
  moment,
  origin,
  origins,
  portNumber,
  redisAddress,
  rowCount,
  seconds,
  services,
  userId,
} from "./option-values.js";
import { packageVersion } from "./project/package-files.js";

const HANDLERS = "the file that registers the handlers (default: src/handlers.ts, …)";
const CONTRACT =
  "the file that registers the handlers, a contract in a .json file, or a gateway's URL";

const redisOption = (): Option =>
  new Option(
    "--redis <url>",
    "the Redis that gateways share calls and acknowledgements through",
  ).env("REDIS_URL");

const serviceOption = (): Option =>
  new Option(
    "--service <url>",
    "the URL of a handler service, in addition to the configured ones; repeatable",
  )
    .argParser(services)
    .default([]);

const program = new Command("centrifugo-rpc")
  .description("Type-safe RPC over Centrifugo.")
  .version(packageVersion())
  // In one line, with the nearest option or command.
  .configureOutput({
    outputError: (text, write) => write(`${text.trim().replaceAll("\n", " ")}\n`),
  });

program
  .command("dev")
  .description("run the embedded broker, the gateway and the handlers; reload on change")
  .argument("[handlers]", HANDLERS)
  .option("--host <address>", "the address to listen on", "127.0.0.1")
  .option("--port <number>", "port of the broker; 0 picks a free one", portNumber, 8000)
  .option("--gateway-port <number>", "port of the gateway; 0 picks a free one", portNumber, 8001)
  .option("--user <id>", "the user to print a token for", userId, "dev")
  .addOption(serviceOption())
  .action(lazily(async () => (await import("./commands/dev.js")).dev));

program
  .command("serve")
  .description("run the gateway and the handlers next to a real Centrifugo")
  .argument("[handlers]", HANDLERS)
  .option("--host <address>", "the address to listen on", "127.0.0.1")
  .option("--port <number>", "port of the gateway", portNumber, 8001)
  .addOption(redisOption())
  .option(
    "--grace <seconds>",
    "how long to keep accepting calls after SIGTERM, so that balancers notice",
    graceSeconds,
    5,
  )
  .addOption(serviceOption())
  .action(lazily(async () => (await import("./commands/serve.js")).serve));

program
  .command("generate_centrifugo_clients")
  .description("write type-safe clients for the registered handlers")
  .argument("[handlers]", CONTRACT)
  .requiredOption("--output <dir>", "the folder to write to")
  .option("--all", "Python, TypeScript and Go")
  .option("--python", "the Python client")
  .option("--typescript", "the TypeScript client")
  .option("--go", "the Go client")
  .option("--verbose", "list each method, model and file")
  .option("--check", "write nothing; fail if the files are not up to date")
  .addOption(serviceOption())
  .action(lazily(async () => (await import("./commands/generate.js")).generate));

program
  .command("contract")
  .description("print the contract of the handlers")
  .argument("[handlers]", CONTRACT)
  .option("--output <file>", "the file to write (default: standard output)")
  .addOption(
    new Option("--format <format>", "the output format")
      .choices(CONTRACT_FORMATS)
      .default("contract"),
  )
  .addOption(serviceOption())
  .action(lazily(async () => (await import("./commands/contract.js")).contract));

program
  .command("diff")
  .description("report what a newer contract means for clients of an older one")
  .argument(
    "<old>",
    "a contract in a .json file, - for standard input, a gateway's URL, or a handlers file",
  )
  .argument("<new>", "the newer contract, given in the same way")
  .option("--json", "print JSON")
  .action(lazily(async () => (await import("./commands/diff.js")).diff));

program
  .command("config")
  .description("write a Centrifugo v6 configuration that matches the CENTRIFUGO_* variables")
  .addOption(
    new Option("--format <format>", "the output format").choices(CONFIG_FORMATS).default("json"),
  )
  .option("--output <file>", "the file to write, which holds secrets (default: standard output)")
  .option("--force", "replace the file if it exists")
  .option("--host <address>", "the address Centrifugo listens on; 0.0.0.0 for all", "127.0.0.1")
  .option(
    "--port <number>",
    "the port Centrifugo listens on (default: the port of CENTRIFUGO_URL, or 8000)",
    fixedPort,
  )
  .option(
    "--allowed-origin <origin>",
    "the origin of a web page that may connect; repeatable",
    origins,
    [],
  )
  .option("--redis <address>", "the Redis that connects several Centrifugo nodes", redisAddress)
  .option(
    "--jwks <url>",
    "the URL of the public keys for tokens, instead of the HMAC secret",
    httpUrl,
  )
  .option("--https-cert <file>", "the certificate for HTTPS, in PEM format")
  .option("--https-key <file>", "the private key of the certificate")
  .action(lazily(async () => (await import("./commands/config.js")).config));

program
  .command("doctor")
  .description("check the running set-up and show how to fix it")
  .option("--origin <origin>", "the origin of a web page that must be allowed", origin)
  .option("--token <jwt>", "the token to connect with (default: a new one)")
  .addOption(serviceOption())
  .addOption(redisOption())
  .option("--json", "print JSON")
  .action(lazily(async () => (await import("./commands/doctor.js")).doctor));

program
  .command("call")
  .description("call a method and print the result")
  .argument("<method>", "for example tasks.get_stats")
  .argument("[params]", "the params as JSON; - reads standard input", "{}")
  .option(
    "--url <url>",
    "the WebSocket URL of Centrifugo (default: CENTRIFUGO_URL, or the running dev)",
  )
  .option("--token <jwt>", "the token to connect with (default: a new one for --user)")
  .option("--user <id>", "the user to call as", userId, "dev")
  .option(
    "--timeout <seconds>",
    "the deadline of the call (default: ackTimeout, or 30)",
    callSeconds,
  )
  .action(lazily(async () => (await import("./commands/call.js")).call));

program
  .command("publish")
  .description("publish to a channel through the gateway and print the result")
  .argument("<channel>", "for example events:news or user#42")
  .argument("<data>", "the data as JSON; - reads standard input")
  .option("--wait-for-ack [count]", "wait for acknowledgements: 1, a number, or all", ackCount)
  .option(
    "--ack-timeout <seconds>",
    "how long to wait for acknowledgements (default: the gateway's ackTimeout)",
    callSeconds,
  )
  .action(lazily(async () => (await import("./commands/publish.js")).publish));

program
  .command("logs")
  .description("print rows of the call log, newest last")
  .option("--method <name>", "calls of this method")
  .option("--channel <name>", "publications to this channel")
  .option("--user <id>", "calls of this user")
  .option(
    "--status <list>",
    "calls with one of these statuses, for example failed,timeout",
    logStatuses,
  )
  .option("--id <id>", "the row with this correlation ID or message ID")
  .option("--since <time>", "rows since a time ago (30s, 15m, 2h, 1d) or a date", moment)
  .option("--until <time>", "rows before a time ago or a date", moment)
  .option("--min-duration <ms>", "rows that took at least this long", milliseconds)
  .option("--limit <rows>", "the number of rows, newest first", rowCount, 50)
  .option("--follow", "print new rows as they end, starting now or at --since")
  .option("--json", "print one JSON object per line")
  .action(lazily(async () => (await import("./commands/logs.js")).logs));

program
  .command("token")
  .description("print a signed JWT for a user")
  .requiredOption("--user <id>", "the user", userId)
  .option("--expires <seconds>", "how long the token is valid", seconds, 3600)
  .option("--meta <json>", "a JSON object that handlers read as conn.meta", jsonObject)
  .action(lazily(async () => (await import("./commands/token.js")).token));

try {
  await program.parseAsync();
  // Timers and database pools that a handlers file opened would keep the process alive.
  process.stdout.write("", () => process.exit());
} catch (error) {
  const { describeError } = await import("./output/describe-error.js");
  // Not process.exitCode: what the failed command had started would keep the process alive.
  process.stderr.write(`${describeError(error)}\n`, () => process.exit(1));
}

/** An action whose module is loaded when its command runs, so that each loads only what it needs. */
function lazily<Args extends unknown[]>(
  load: () => Promise<(...args: Args) => Promise<void>>,
): (...args: Args) => Promise<void> {
  return async (...args) => await (await load())(...args);
}
