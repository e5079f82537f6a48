// A gateway is killed after the handler's transaction is committed and before the reply: the client
// sends the call again, and the effect has happened once. The handler is that of
// docs/backend-guide.md.
import { spawn, type ChildProcess } from "node:child_process";
import { once as event } from "node:events";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { startBroker } from "centrifugo-rpc/broker";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { centrifugoConfig, createToken } from "centrifugo-rpc/gateway";
import { Client } from "pg";
import { expect, it, onTestFinished } from "vitest";
import { readDocument, root } from "../../docs/testing/markdown.js";
import { describePostgres } from "../../testing/databases.js";
import { backendGuide } from "../../testing/once-table.js";
import { freePort } from "../../testing/ports.js";

/** Inside the package, so that `centrifugo-rpc` is the source of this repository. */
const folder = join(root, ".cache", "exactly-once");
const secrets = { tokenHmacSecret: "hmac-secret", apiKey: "api-key", proxySecret: "proxy-secret" };

describePostgres("a gateway that is killed between commit and reply", (postgres) => {
  it(
    "has run the effect once, and its result reaches the caller",
    { timeout: 120_000 },
    async () => {
      const database = await postgres().createDatabase();
      const handlers = writeHandlers();
      const killed = join(folder, "killed");
      const port = await freePort();
      const gatewayUrl = `http://127.0.0.1:${port}`;
      const broker = await startBroker({
        config: centrifugoConfig({ ...secrets, gatewayUrl }),
        backend: {
          rpc: (request) => proxyRequest(`${gatewayUrl}/centrifugo/rpc`, request),
          publish: (request) => proxyRequest(`${gatewayUrl}/centrifugo/publish`, request),
        },
        port: 0,
      });
      onTestFinished(() => broker.close());
      const start = async (): Promise<ChildProcess> => {
        const args = [killed, handlers, port, broker.apiUrl, secrets.apiKey, secrets.proxySecret];
        return await startGateway(args.map(String), { DATABASE_URL: database });
      };
      const db = new Client({ connectionString: database });
      await db.connect();
      onTestFinished(() => db.end());
      await db.query(backendGuide.createTable);
      await db.query("CREATE TABLE orders (id serial PRIMARY KEY, owner text, item text)");

      const first = await start();
      const token = await createToken({ secret: secrets.tokenHmacSecret, userId: "42" });
      const client = new CentrifugoRPCClient(broker.url, token, "42");
      onTestFinished(() => client.disconnect());
      await client.connect();

      const call = client.call("orders.create", { item: "book" }, { timeout: 60_000 });
      await event(first, "exit");
      expect(existsSync(killed)).toBe(true);
      expect((await db.query("SELECT owner, item FROM orders")).rows).toHaveLength(1);
      await start();
      expect(await call).toEqual({ id: 1 });
      const { rows } = await db.query("SELECT owner, item FROM orders");
      expect(rows).toEqual([{ owner: "42", item: "book" }]);
      // Another call is another order.
      expect(await client.call("orders.create", { item: "book" })).toEqual({ id: 2 });
      expect((await db.query(backendGuide.deleteOld)).rowCount).toBe(0);
    },
  );
});

/** Writes the handlers of the guide and returns their path. */
function writeHandlers(): string {
  rmSync(folder, { recursive: true, force: true });
  const blocks = readDocument("docs/backend-guide.md").blocks;
  const block = blocks.find(({ attributes }) => attributes.get("file") === "src/orders.ts");
  const path = join(folder, "src/orders.ts");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, block?.text ?? "");
  return path;
}

/** Starts gateway-process.ts, until the end of the test. */
async function startGateway(args: string[], env: Record<string, string>): Promise<ChildProcess> {
  const program = join(import.meta.dirname, "gateway-process.ts");
  const options = ["--conditions=centrifugo-rpc-source", "--import=tsx"];
  const child = spawn(process.execPath, [...options, program, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = event(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  await event(child.stdout, "data");
  return child;
}

/** What Centrifugo's proxies do. */
async function proxyRequest<T>(url: string, request: object): Promise<T> {
  const headers = { "Content-Type": "application/json", "X-Proxy-Secret": secrets.proxySecret };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
  return (await response.json()) as T;
}
