import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CallLogRow } from "../../call-log/index.js";
import { describePostgres } from "../../../testing/databases.js";
import { Project, type Running } from "../../../testing/command-line.js";

const handlers = `
import { RPCError, websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

const params = z.object({ born: z.string().meta({ sensitive: true }), n: z.int() });
websocketRpc("people.add", { params, result: z.object({ n: z.int() }) })(
  async (_conn, { n }) => ({ n }),
);
websocketRpc("people.fail", { params: z.object({}), result: z.object({}) })(async () => {
  throw new RPCError(1001, "no people");
});
`;

const startDev = (project: Project, env: Record<string, string> = {}): Running =>
  project.start(["dev", "handlers.ts", "--port", "0", "--gateway-port", "0"], { env });

async function rowsOf(project: Project, args: string[] = []): Promise<CallLogRow[]> {
  const { stdout, stderr } = await project.run(["logs", "--json", ...args]);
  expect(stderr).toBe("");
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as CallLogRow);
}

describe("logs", () => {
  let project: Project;
  let dev: Running;

  beforeAll(async () => {
    project = new Project({ "handlers.ts": handlers });
    dev = startDev(project);
    await dev.line(/^Ready/);
    for (const n of [1, 2, 3]) {
      await project.run(["call", "people.add", JSON.stringify({ born: "1990", n })]);
    }
    await project.run(["call", "people.fail", "--user", "anna"]);
    await project.run(["publish", "events:news", '{"text":"hello","api_key":"k"}']);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("prints the rows of the running gateway, newest last", async () => {
    await expect.poll(async () => (await rowsOf(project)).length).toBe(5);
    const rows = await rowsOf(project);
    expect(rows.map(({ target }) => target)).toEqual([
      ...Array.from({ length: 3 }, () => "people.add"),
      "people.fail",
      "events:news",
    ]);
    expect(rows[0]).toMatchObject({
      kind: "call",
      user_id: "dev",
      status: "success",
      params: { born: "[redacted]", n: 1 },
      result: { n: 1 },
    });
    expect(rows.at(-1)?.params).toEqual({ text: "hello", api_key: "[redacted]" });
    const { stdout } = await project.run(["logs", "--limit", "2"]);
    expect(stdout).toMatch(
      /^\S+ \S+ {2}failed .*people\.fail {2}user anna .*1001 no people\n.*publish events:news .*\n$/,
    );
  });

  it("prints the rows that match", async () => {
    const count = async (...args: string[]): Promise<number> =>
      (await rowsOf(project, args)).length;
    expect(await count("--method", "people.add")).toBe(3);
    expect(await count("--channel", "events:news")).toBe(1);
    expect(await count("--user", "anna")).toBe(1);
    expect(await count("--status", "failed,timeout")).toBe(1);
    expect(await count("--since", "1h", "--limit", "4")).toBe(4);
    expect(await count("--until", "1h")).toBe(0);
    expect(await count("--min-duration", "100000")).toBe(0);
    const [row] = await rowsOf(project, ["--limit", "1"]);
    expect(await rowsOf(project, ["--id", row?.id ?? ""])).toEqual([row]);
  });

  it("follows the running gateway", async () => {
    const follow = project.start(["logs", "--follow", "--since", "1h", "--method", "people.add"]);
    for (let call = 0; call < 3; call++) await follow.line(/people\.add/);
    await project.run(["call", "people.add", '{"born":"2000","n":4}', "--user", "eva"]);
    await follow.line(/people\.add {2}user eva/);
    expect(await follow.stop()).toBe(0);
  });

  it.each([
    [["--status", "odd"], /must be one or more of pending,success,/],
    [["--since", "yesterday"], /must be a time ago such as 15m or 1d/],
    [["--min-duration", "-1"], /must be milliseconds, 0 or more/],
    [["--limit", "0"], /must be a number of rows, 1 or more/],
  ])("explains what is wrong with %j", async (args, message) => {
    const { code, stderr } = await project.run(["logs", ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(1);
  });

  it("asks the gateway if there is no file", async () => {
    const env = { CENTRIFUGO_LOG_DATABASE_URL: "file:elsewhere.db" };
    const { stdout } = await project.run(["logs", "--json", "--user", "anna"], { env });
    expect(JSON.parse(stdout)).toMatchObject({ target: "people.fail", user_id: "anna" });
    expect(existsSync(join(project.folder, "elsewhere.db"))).toBe(false);
  });

  it("reads and follows the file if no gateway runs", async () => {
    const before = await rowsOf(project);
    expect(await dev.stop()).toBe(0);
    expect(await rowsOf(project)).toEqual(before);
    const follow = project.start(["logs", "--follow", "--since", "1h", "--user", "anna"]);
    await follow.line(/people\.fail {2}user anna/);
    expect(await follow.stop()).toBe(0);
  });
});

describePostgres("the call log of serve", (postgres) => {
  it("is shared by gateways, and can be read without them", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const env = {
      CENTRIFUGO_URL: "ws://127.0.0.1:1/connection/websocket",
      CENTRIFUGO_API_URL: "http://127.0.0.1:1/api",
      CENTRIFUGO_API_KEY: "k",
      CENTRIFUGO_TOKEN_HMAC_SECRET: "s",
      CENTRIFUGO_PROXY_SECRET: "proxy",
      CENTRIFUGO_WRAPPER_URL: "http://127.0.0.1:1",
      CENTRIFUGO_WRAPPER_API_KEY: "k",
      CENTRIFUGO_LOG_DATABASE_URL: await postgres().createDatabase(),
    };
    const gateways = ["anna", "eva"].map((user) => ({
      user,
      serve: project.start(["serve", "handlers.ts", "--port", "0", "--grace", "0"], { env }),
    }));
    for (const { user, serve } of gateways) {
      const { url } = JSON.parse(await serve.line(/"gateway ready"/)) as { url: string };
      await callThrough(url, user);
    }
    for (const { serve } of gateways) expect(await serve.stop()).toBe(0);
    const { stdout } = await project.run(["logs", "--json"], { env });
    const rows = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as CallLogRow);
    expect(rows.map(({ user_id, status }) => [user_id, status])).toEqual([
      ["anna", "success"],
      ["eva", "success"],
    ]);
    expect(new Set(rows.map(({ gateway }) => gateway)).size).toBe(2);
    expect(rows[0]?.params).toEqual({ born: "[redacted]", n: 1 });
  });
});

/** A call as Centrifugo hands it to a gateway. */
async function callThrough(url: string, user: string): Promise<void> {
  const response = await fetch(`${url}/centrifugo/rpc`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Proxy-Secret": "proxy" },
    body: JSON.stringify({
      client: "c1",
      transport: "websocket",
      protocol: "json",
      encoding: "json",
      user,
      method: "people.add",
      data: { born: "1990", n: 1 },
    }),
  });
  expect(await response.json()).toEqual({ result: { data: { n: 1 } } });
}

describe("the call log of dev", () => {
  it("is off if nothing is to be written, and logs reports it", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const dev = startDev(project, { CENTRIFUGO_LOG_ALL_CALLS: "false" });
    await dev.line(/^Ready/);
    await project.run(["call", "people.add", '{"born":"1990","n":1}']);
    const { code, stderr } = await project.run(["logs"]);
    expect(stderr).toMatch(/has no call log: see CENTRIFUGO_LOG_ALL_CALLS/);
    expect(code).toBe(1);
    expect(await dev.stop()).toBe(0);
    expect(existsSync(join(project.folder, ".centrifugo-rpc/calls.db"))).toBe(false);
  });

  it("contains only publications that wait for an acknowledgement if configured", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const dev = startDev(project, { CENTRIFUGO_LOG_ONLY_WITH_ACK: "true" });
    await dev.line(/^Ready/);
    await project.run(["call", "people.add", '{"born":"1990","n":1}']);
    await project.run(["publish", "events:a", "1"]);
    await project.run(["publish", "events:b", "1", "--wait-for-ack", "--ack-timeout", "1"]);
    expect(await dev.stop()).toBe(0);
    const rows = await rowsOf(project);
    expect(rows).toEqual([
      expect.objectContaining({
        target: "events:b",
        status: "timeout",
        wait_for_ack: true,
        acks_expected: 1,
        acks_received: 0,
      }),
    ]);
  });

  it("is rejected at an invalid location without showing a password", async () => {
    await using project = new Project({ "handlers.ts": handlers });
    const env = { CENTRIFUGO_LOG_DATABASE_URL: "mysql://u:hunter2@h/db" };
    const { code, stderr } = await project.run(["dev", "handlers.ts"], { env });
    expect(stderr).toMatch(/CENTRIFUGO_LOG_DATABASE_URL/);
    expect(stderr).not.toContain("hunter2");
    expect(code).toBe(1);
  });

  it("is named if it cannot be read", async () => {
    await using project = new Project({ "notes.txt": "not a database" });
    const env = { CENTRIFUGO_LOG_DATABASE_URL: "file:notes.txt" };
    const { code, stderr } = await project.run(["logs"], { env });
    expect(stderr).toMatch(/^the call log in .*notes\.txt cannot be read: /);
    expect(code).toBe(1);
  });

  it("is reported missing if nothing ran", async () => {
    await using project = new Project();
    const { code, stderr } = await project.run(["logs"]);
    expect(stderr).toMatch(/^there is no call log in .*calls\.db, and no gateway is configured/);
    expect(code).toBe(1);
    const env = {
      CENTRIFUGO_WRAPPER_URL: "http://127.0.0.1:1",
      CENTRIFUGO_WRAPPER_API_KEY: "k",
    };
    const away = await project.run(["logs"], { env });
    expect(away.stderr).toMatch(/the gateway at http:\/\/127\.0\.0\.1:1 cannot be reached/);
  });
});
