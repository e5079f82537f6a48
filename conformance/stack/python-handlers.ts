import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { Registry } from "centrifugo-rpc";
import { connectHandlerServices } from "centrifugo-rpc/gateway";
import { EventLog, type SuiteHandlers } from "./handlers.js";

const secret = "suite-handler-service-secret";

/**
 * The handlers in Python, as a handler service beside the gateway.
 *
 * @param through returns the URL at which the gateway reaches the service, such as a proxy's.
 */
export async function startPythonHandlers(
  python: string,
  through: (url: string) => string | Promise<string> = (url) => url,
): Promise<SuiteHandlers> {
  const child = spawn(python, [resolve(import.meta.dirname, "handlers.py")], {
    stdio: ["pipe", "pipe", "inherit"],
    env: {
      ...process.env,
      PYTHONPATH: resolve(import.meta.dirname, "../../python"),
      CENTRIFUGO_HANDLER_SERVICE_SECRET: secret,
    },
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const url = await Promise.race([
    once(lines, "line").then(([line]) => String(line)),
    exited.then(() => {
      throw new Error("the handlers in Python ended");
    }),
  ]);
  const events = new RemoteEvents((event) => void child.stdin.write(`${event}\n`));
  lines.on("line", (line) => {
    const [name = "", key = ""] = line.split(" ");
    events.happened(name, key);
  });
  const urls = [await through(url)];
  const services = await connectHandlerServices({ urls, secret, handlers: new Registry() });
  return {
    methods: services,
    contract: () => services.contract(),
    events,
    async close() {
      await services.close();
      child.stdin.end();
      await exited;
    },
  };
}

/** Events of both sides: those that the suite adds are sent to the handlers. */
class RemoteEvents extends EventLog {
  readonly #tell: (event: string) => void;

  constructor(tell: (event: string) => void) {
    super();
    this.#tell = tell;
  }

  override add(name: string, key: string): void {
    super.add(name, key);
    this.#tell(`${name} ${key}`);
  }

  /** Adds what the handlers tell. */
  happened(name: string, key: string): void {
    super.add(name, key);
  }
}
