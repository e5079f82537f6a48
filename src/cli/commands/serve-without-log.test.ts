import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Project } from "../../../testing/command-line.js";

const ENV = {
  CENTRIFUGO_URL: "ws://127.0.0.1:1/connection/websocket",
  CENTRIFUGO_API_URL: "http://127.0.0.1:1/api",
  CENTRIFUGO_API_KEY: "k",
  CENTRIFUGO_TOKEN_HMAC_SECRET: "s",
  CENTRIFUGO_WRAPPER_URL: "http://127.0.0.1:1",
  CENTRIFUGO_WRAPPER_API_KEY: "the-key",
};

const HANDLERS = `
import { websocketRpc } from "centrifugo-rpc";
websocketRpc("tasks.noop", {})(async () => {});
`;

it("serve is not ready when its user may not write the call log, and reports why", async () => {
  await using project = new Project({ "handlers.mjs": HANDLERS });
  mkdirSync(join(project.folder, "log"));
  chmodSync(join(project.folder, "log"), 0o555);
  chmodSync(project.folder, 0o755);
  // As a container that runs as another user than the owner of its folder.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const env = { ...ENV, CENTRIFUGO_LOG_DATABASE_URL: "file:log/calls.db" };
  const serve = project.start(["serve", "handlers.mjs", "--port", "0", "--grace", "0"], {
    env,
    ...user,
  });
  const ready = JSON.parse(await serve.line(/"gateway ready"/)) as { url: string };
  const failure = JSON.parse(await serve.line(/"the call log cannot be opened/)) as object;
  expect(failure).toMatchObject({ reason: expect.stringMatching(/EACCES.*calls\.db/) });

  const readiness = await fetch(`${ready.url}/ready`);
  expect(readiness.status).toBe(503);
  expect(await readiness.json()).toMatchObject({
    status: "not_ready",
    checks: { call_log: "unusable" },
  });
  const logs = await fetch(`${ready.url}/api/logs`, { headers: { "X-API-Key": "the-key" } });
  expect(logs.status).toBe(503);
  expect(await logs.json()).toMatchObject({
    error: { message: expect.stringContaining("EACCES") },
  });
  expect(await serve.stop()).toBe(0);
});
