// A Django service is killed after the handler's transaction is committed and before the reply: the
// gateway sends the call again, and the effect has happened once. The project is that of
// docs/python-backend.md.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once as event } from "node:events";
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { Registry, createRouter } from "centrifugo-rpc";
import { startBroker } from "centrifugo-rpc/broker";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import {
  centrifugoConfig,
  connectHandlerServices,
  createGateway,
  createToken,
} from "centrifugo-rpc/gateway";
import { Client } from "pg";
import { describe, expect, it, onTestFinished } from "vitest";
import { readDocument, root } from "../../docs/testing/markdown.js";
import { describePostgres } from "../../testing/databases.js";
import { freePort } from "../../testing/ports.js";
import { findPython } from "../../testing/toolchains.js";

const python = findPython() ?? "";
const folder = join(root, ".cache", "exactly-once-django");
const secrets = { tokenHmacSecret: "hmac-secret", apiKey: "api-key" };

/** Middleware that kills the process of the first call before its reply. */
const KILLING = `
import os
import signal


def kill_once(next):
    async def run(conn, params):
        result = await next(conn, params)
        if not os.path.exists("killed"):
            open("killed", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return run
`;

describe.skipIf(python === "")("Django", () => {
  describePostgres("a service that is killed between commit and reply", (postgres) => {
    it(
      "has run the effect once, and its result reaches the caller",
      { timeout: 180_000 },
      async () => {
        const database = await postgres().createDatabase();
        const [port, front] = [await freePort(), await startFront()];
        front.leadTo(port);
        const django = writeProject(database);
        execFileSync(python, ["manage.py", "makemigrations", "tasks"], django);
        execFileSync(python, ["manage.py", "migrate"], django);
        const db = new Client({ connectionString: database });
        await db.connect();
        onTestFinished(() => db.end());

        const first = await startDjango(port, django);
        const client = await connectClient(front.url);
        const call = client.call("tasks.create_once", { title: "Write" }, { timeout: 120_000 });
        await event(first, "exit");
        expect(existsSync(join(folder, "killed"))).toBe(true);
        const tasks = "SELECT owner, title FROM tasks_task";
        expect((await db.query(tasks)).rows).toHaveLength(1);

        await startDjango(port, django);
        expect(await call).toEqual({ id: 1, title: "Write" });
        expect((await db.query(tasks)).rows).toEqual([{ owner: "42", title: "Write" }]);
        // Another call is another task.
        expect(await client.call("tasks.create_once", { title: "Write" })).toMatchObject({ id: 2 });
      },
    );
  });
});

/** Writes the project of the guide, with this database, and returns how to run it. */
function writeProject(database: string) {
  rmSync(folder, { recursive: true, force: true });
  const add = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    appendFileSync(join(folder, path), text);
  };
  for (const { attributes, text } of readDocument("docs/python-backend.md").blocks) {
    const path = attributes.get("file");
    if (path?.endsWith(".py")) add(path, text);
  }
  for (const name of ["config", "tasks"]) writeFileSync(join(folder, name, "__init__.py"), "");
  writeFileSync(join(folder, "killing.py"), KILLING);
  const { username, hostname, port, pathname } = new URL(database);
  const settings = {
    ENGINE: "django.db.backends.postgresql",
    USER: username,
    HOST: hostname,
    PORT: port,
    NAME: pathname.slice(1),
  };
  add(
    "config/settings.py",
    `\nDATABASES = {"default": ${JSON.stringify(settings)}}\n` +
      `CENTRIFUGO_RPC_MIDDLEWARE = ["killing.kill_once"]\nALLOWED_HOSTS = ["*"]\n`,
  );
  return {
    cwd: folder,
    encoding: "utf8" as const,
    env: {
      ...process.env,
      PYTHONPATH: join(root, "python"),
      CENTRIFUGO_URL: "ws://localhost:8000/connection/websocket",
      CENTRIFUGO_API_URL: "http://localhost:8000/api",
      CENTRIFUGO_API_KEY: secrets.apiKey,
      CENTRIFUGO_TOKEN_HMAC_SECRET: secrets.tokenHmacSecret,
      CENTRIFUGO_HANDLER_SERVICE_SECRET: "service-secret",
    },
  };
}

/** Starts uvicorn, until the end of the test. */
async function startDjango(
  port: number,
  { cwd, env }: ReturnType<typeof writeProject>,
): Promise<ChildProcess> {
  const args = ["-m", "uvicorn", "config.asgi:application", "--port", String(port)];
  const child = spawn(python, args, { cwd, env, stdio: ["ignore", "ignore", "pipe"] });
  const exited = event(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  await new Promise<void>((resolve, reject) => {
    let log = "";
    createInterface({ input: child.stderr }).on("line", (line) => {
      log += `${line}\n`;
      if (line.includes("startup complete")) resolve();
    });
    child.once("exit", () => reject(new Error(`uvicorn ended:\n${log}`)));
  });
  return child;
}

/** A gateway for the service, with a broker and a client. */
async function connectClient(url: string): Promise<CentrifugoRPCClient> {
  const services = await connectHandlerServices({
    urls: [`${url}/centrifugo-rpc`],
    secret: "service-secret",
    handlers: new Registry(),
  });
  onTestFinished(() => services.close());
  const gateway = createGateway({
    router: createRouter(services),
    publisher: {
      publish: async (channel, data) => void (await broker.api("publish", { channel, data })),
    },
  });
  onTestFinished(() => gateway.close({ drainMs: 0 }));
  const broker = await startBroker({
    config: centrifugoConfig({ ...secrets, gatewayUrl: "http://127.0.0.1", proxySecret: "p" }),
    backend: gateway,
    port: 0,
  });
  onTestFinished(() => broker.close());
  const token = await createToken({ secret: secrets.tokenHmacSecret, userId: "42" });
  const client = new CentrifugoRPCClient(broker.url, token, "42");
  onTestFinished(() => client.disconnect());
  await client.connect();
  return client;
}

/** Accepts connections also while the service restarts, as a load balancer does. */
async function startFront() {
  const sockets = new Set<Socket>();
  let port = 0;
  let isClosed = false;
  const join = (incoming: Socket): void => {
    if (isClosed || incoming.destroyed) return;
    const outgoing = connect(port, "127.0.0.1");
    sockets.add(outgoing);
    outgoing.once("connect", () => {
      incoming.pipe(outgoing).pipe(incoming);
      outgoing.once("close", () => incoming.destroy());
    });
    outgoing.once("error", () => setTimeout(() => join(incoming), 50));
  };
  const server = createServer((incoming) => {
    sockets.add(incoming);
    incoming.on("error", () => undefined);
    join(incoming);
  });
  server.listen(0, "127.0.0.1");
  await event(server, "listening");
  onTestFinished(() => {
    isClosed = true;
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    leadTo: (to: number) => void (port = to),
  };
}
