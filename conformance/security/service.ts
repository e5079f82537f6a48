import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Project, type Running } from "../../testing/command-line.js";
import { RawClient } from "../../testing/raw-client.js";
import { sign } from "../../testing/tokens.js";
import { freePort } from "../../testing/ports.js";
import { startCentrifugo } from "../../testing/processes/centrifugo.js";

/** Secrets that are found again wherever they leak, each by its own marker. */
export const MARKED = {
  CENTRIFUGO_API_KEY: "leaked-api-key-0123456789-0123456789",
  CENTRIFUGO_TOKEN_HMAC_SECRET: "leaked-hmac-secret-0123456789-0123456789",
  CENTRIFUGO_PROXY_SECRET: "leaked-proxy-secret-0123456789-0123456789",
  CENTRIFUGO_HANDLER_SERVICE_SECRET: "leaked-service-secret-0123456789-0123456789",
  CENTRIFUGO_WRAPPER_API_KEY: "leaked-wrapper-key-0123456789-0123456789",
  CENTRIFUGO_WRAPPER_API_KEY_PREVIOUS: "leaked-previous-key-0123456789-0123456789",
};

/** What all marked secrets have in common. */
export const MARKER = "leaked-";

export const HANDLERS = `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
const any = z.record(z.string(), z.unknown());
websocketRpc("echo", { params: any, result: any })(async (conn, params) => {
  conn.log.info({ conn: { user: conn.userId }, params }, "echo");
  return { ...params, polluted: ({}).polluted ?? false };
});
websocketRpc("fail", { params: any, result: any })(async (_conn, params) => {
  throw new Error(String(params.text));
});
`;

/** `serve` in its own process, at the most verbose log level, next to a real Centrifugo. */
export interface Service extends AsyncDisposable {
  readonly gateway: string;
  readonly centrifugo: string;
  readonly program: Running;
  /** A connection of a user. */
  connect(user: string): Promise<RawClient>;
}

export async function startService(binary: string): Promise<Service> {
  const [port, gatewayPort] = [await freePort(), await freePort()];
  const gateway = `http://127.0.0.1:${gatewayPort}`;
  const centrifugo = `http://127.0.0.1:${port}`;
  const env = {
    ...MARKED,
    CENTRIFUGO_URL: `ws://127.0.0.1:${port}/connection/websocket`,
    CENTRIFUGO_API_URL: `${centrifugo}/api`,
    CENTRIFUGO_WRAPPER_URL: gateway,
    CENTRIFUGO_LOG_LEVEL: "DEBUG",
  };
  const project = new Project({ "handlers.ts": HANDLERS });
  const written = await project.run(["config", "--output", "centrifugo.json"], { env });
  if (written.code !== 0) throw new Error(written.stderr);
  const config = JSON.parse(readFileSync(join(project.folder, "centrifugo.json"), "utf8")) as {
    http_server: { port: string };
  };
  const broker = await startCentrifugo(binary, config);
  const program = project.start(["serve", "handlers.ts", "--port", String(gatewayPort)], { env });
  await program.line(/gateway ready/);
  return {
    gateway,
    centrifugo,
    program,
    async connect(user) {
      const client = await RawClient.open(env.CENTRIFUGO_URL);
      const token = await sign({ sub: user }, MARKED.CENTRIFUGO_TOKEN_HMAC_SECRET);
      await client.call({ connect: { token } });
      return client;
    },
    async [Symbol.asyncDispose]() {
      await project[Symbol.asyncDispose]();
      await broker.close();
    },
  };
}
