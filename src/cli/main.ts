#!/usr/bin/env node
import { Command, Option } from "commander";
import {
  CONFIG_FORMATS,
  CONTRACT_FORMATS,
  ackCount,
  callSeconds,
  fixedPort,
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

const program = new Command("centrifugo-rpc")
  .description("Type-safe RPC over Centrifugo.")
  .version(packageVersion())
  .showHelpAfterError();

program
  .command("dev")
  .description("run the embedded broker, the gateway and the handlers, with reload on change")
  .argument("[handlers]", "the file that registers the handlers (default: src/handlers.ts, …)")
  .option("--host <address>", "where to listen", "127.0.0.1")
  .option("--port <number>", "port of the broker; 0 takes any that is free", portNumber, 8000)
  .option("--gateway-port <number>", "port of the gateway; 0 takes any", portNumber, 8001)
  .option("--user <id>", "whose token to print", userId, "dev")
  .option("--service <url>", "a service with handlers, besides those configured", services, [])
  .action(lazily(async () => (await import("./commands/dev.js")).dev));

program
  .command("serve")
  .description("run the gateway and the handlers beside a real Centrifugo")
  .argument("[handlers]", "the file that registers the handlers (default: src/handlers.ts, …)")
  .option("--host <address>", "where to listen", "127.0.0.1")
  .option("--port <number>", "port of the gateway", portNumber, 8001)
  .addOption(
    new Option("--redis <url>", "share calls and acknowledgements with other gateways").env(
      "REDIS_URL",
    ),
  )
  .option("--service <url>", "a service with handlers, besides those configured", services, [])
  .action(lazily(async () => (await import("./commands/serve.js")).serve));

program
  .command("generate_centrifugo_clients")
  .description("write type-safe clients for the registered handlers")
  .argument(
    "[handlers]",
    "the file that registers the handlers, a contract in a .json file, or a gateway's URL",
  )
  .requiredOption("--output <dir>", "where to write")
  .option("--all", "Python, TypeScript and Go")
  .option("--python", "the Python client")
  .option("--typescript", "the TypeScript client")
  .option("--go", "the Go client")
  .option("--verbose", "tell each method, model and file")
  .option("--check", "write nothing, and fail when the files are not what would be written")
  .option("--service <url>", "a service with handlers, besides those configured", services, [])
  .action(lazily(async () => (await import("./commands/generate.js")).generate));

program
  .command("contract")
  .description("print the contract of the handlers")
  .argument(
    "[handlers]",
    "the file that registers the handlers, a contract in a .json file, or a gateway's URL",
  )
  .option("--output <file>", "where to write (default: the standard output)")
  .addOption(
    new Option("--format <format>", "its form").choices(CONTRACT_FORMATS).default("contract"),
  )
  .option("--service <url>", "a service with handlers, besides those configured", services, [])
  .action(lazily(async () => (await import("./commands/contract.js")).contract));

program
  .command("diff")
  .description("say what a newer contract means for the clients of an older one")
  .argument(
    "<old>",
    "a contract in a .json file, - for the standard input, a gateway's URL, or a handlers file",
  )
  .argument("<new>", "the same")
  .option("--json", "print for programs")
  .action(lazily(async () => (await import("./commands/diff.js")).diff));

program
  .command("config")
  .description("write a configuration of Centrifugo v6 that fits the CENTRIFUGO_* variables")
  .addOption(new Option("--format <format>", "its form").choices(CONFIG_FORMATS).default("json"))
  .option("--output <file>", "where to write; it holds secrets (default: the standard output)")
  .option("--force", "replace the file if it exists")
  .option("--host <address>", "where Centrifugo listens; 0.0.0.0 for all addresses", "127.0.0.1")
  .option("--port <number>", "its port (default: that of CENTRIFUGO_URL, or 8000)", fixedPort)
  .option(
    "--allowed-origin <origin>",
    "a web page's origin that may connect; repeatable",
    origins,
    [],
  )
  .option("--redis <address>", "the Redis that joins several Centrifugo nodes", redisAddress)
  .option("--jwks <url>", "where the tokens' public keys are, in place of the HMAC secret", httpUrl)
  .option("--https-cert <file>", "the certificate to serve HTTPS with, in PEM")
  .option("--https-key <file>", "its key")
  .action(lazily(async () => (await import("./commands/config.js")).config));

program
  .command("doctor")
  .description("check the running set-up and show how to fix it")
  .option("--origin <origin>", "a web page's origin that has to be allowed", origin)
  .option("--token <jwt>", "whose token to connect with (default: one is signed)")
  .option("--service <url>", "a service with handlers, besides those configured", services, [])
  .option("--json", "print for programs")
  .action(lazily(async () => (await import("./commands/doctor.js")).doctor));

program
  .command("call")
  .description("call a method and print its result")
  .argument("<method>", "as in tasks.get_stats")
  .argument("[params]", "the params as JSON; - reads them from the standard input", "{}")
  .option("--url <url>", "Centrifugo's WebSocket URL (default: CENTRIFUGO_URL, or the running dev)")
  .option("--token <jwt>", "the token to connect with (default: one is signed for --user)")
  .option("--user <id>", "who calls", userId, "dev")
  .option("--timeout <seconds>", "how long it may take (default: ackTimeout, or 30)", callSeconds)
  .action(lazily(async () => (await import("./commands/call.js")).call));

program
  .command("publish")
  .description("publish to a channel through the gateway and print the result")
  .argument("<channel>", "as in events:news or user#42")
  .argument("<data>", "the data as JSON; - reads it from the standard input")
  .option("--wait-for-ack [count]", "wait until clients acknowledge: 1, a number, or all", ackCount)
  .option(
    "--ack-timeout <seconds>",
    "how long to wait for them (default: the gateway's)",
    callSeconds,
  )
  .action(lazily(async () => (await import("./commands/publish.js")).publish));

program
  .command("logs")
  .description("print rows of the call log, the newest last")
  .option("--method <name>", "calls of this method")
  .option("--channel <name>", "publications to this channel")
  .option("--user <id>", "calls of this user")
  .option("--status <list>", "any of these, as in failed,timeout", logStatuses)
  .option("--id <id>", "a correlation ID or a message ID")
  .option("--since <time>", "what began so long ago or later: 30s, 15m, 2h, 1d, a date", moment)
  .option("--until <time>", "what began before this moment", moment)
  .option("--min-duration <ms>", "what took so long or longer", milliseconds)
  .option("--limit <rows>", "how many rows, the newest", rowCount, 50)
  .option("--follow", "print rows as they end, from now or from --since on")
  .option("--json", "print for programs: one JSON object a line")
  .action(lazily(async () => (await import("./commands/logs.js")).logs));

program
  .command("token")
  .description("print a signed JWT for a user")
  .requiredOption("--user <id>", "the user", userId)
  .option("--expires <seconds>", "how long it is valid", seconds, 3600)
  .option("--meta <json>", "an object that handlers see as conn.meta", jsonObject)
  .action(lazily(async () => (await import("./commands/token.js")).token));

try {
  await program.parseAsync();
  // What a handlers file has opened, such as timers and database pools, would keep the process alive.
  process.stdout.write("", () => process.exit());
} catch (error) {
  const { describeError } = await import("./output/describe-error.js");
  // Not only an exit code: what a command had started before it failed would keep the process alive.
  process.stderr.write(`${describeError(error)}\n`, () => process.exit(1));
}

/** An action whose module is loaded when its command runs: each needs but a part of the whole. */
function lazily<Args extends unknown[]>(
  load: () => Promise<(...args: Args) => Promise<void>>,
): (...args: Args) => Promise<void> {
  return async (...args) => await (await load())(...args);
}
