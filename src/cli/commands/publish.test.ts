import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CentrifugoRPCClient } from "../../client/index.js";
import { Project, type Running } from "../../../testing/command-line.js";

/** A handler that publishes, as the application's code does. */
const newsHandlers = (title: string) => `
import { publisher, websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

websocketRpc("news.post", { params: z.object({}), result: z.object({ status: z.string() }) })(
  async () => await publisher.publishWithAck("events:news", { title: "${title}" }, { timeout: 10 }),
);
`;

let project: Project;
let dev: Running;
let url: string;
let token: string;
let client: CentrifugoRPCClient;
let received: unknown[] = [];

beforeAll(async () => {
  project = new Project({ "handlers.ts": newsHandlers("first") });
  dev = project.start([
    "dev",
    "handlers.ts",
    "--user",
    "anna",
    "--port",
    "0",
    "--gateway-port",
    "0",
  ]);
  const value = async (name: string) =>
    (await dev.line(new RegExp(`^${name} `))).slice(name.length).trim();
  url = await value("WebSocket");
  token = await value("Token");
  await dev.line(/^Ready/);
  client = new CentrifugoRPCClient(url, token, "anna");
  await client.connect();
  await client.subscribe("events:news", (data) => void received.push(data));
});
afterAll(async () => {
  client.disconnect();
  await project[Symbol.asyncDispose]();
});

describe("publish", () => {
  it("publishes through the running dev, and waits for clients", async () => {
    received = [];
    const { code, stdout } = await project.run([
      "publish",
      "events:news",
      '{"n":1}',
      "--wait-for-ack",
    ]);
    expect(JSON.parse(stdout)).toEqual({
      message_id: expect.any(String),
      published: true,
      delivered: true,
      acks_received: 1,
      acks_expected: 1,
      status: "success",
    });
    expect(code).toBe(0);
    expect(received).toEqual([{ n: 1 }]);
    const all = await project.run(["publish", "events:news", "-", "--wait-for-ack", "all"], {
      input: '"from the standard input"',
    });
    expect(JSON.parse(all.stdout)).toMatchObject({ acks_received: 1, status: "success" });
    const none = await project.run(["publish", "events:nobody", "1"]);
    expect(JSON.parse(none.stdout)).toMatchObject({ published: true, acks_expected: 0 });
  });

  it("exits with 1 if too few acknowledged or nothing was published", async () => {
    const waiting = ["--wait-for-ack", "2", "--ack-timeout", "1"];
    const some = await project.run(["publish", "events:news", "2", ...waiting]);
    expect(JSON.parse(some.stdout)).toMatchObject({ acks_received: 1, status: "partial" });
    expect(some.code).toBe(1);
    const failed = await project.run(["publish", "nowhere:x", "1"]);
    expect(JSON.parse(failed.stdout)).toMatchObject({ status: "failed", error: { code: 400 } });
    expect(failed.code).toBe(1);
  });

  it.each([
    [["publish", "events:news", "hello"], /the data is not valid JSON: .*'"hello"'/],
    [["publish", "", "1"], /^channel "": use 1 to 255 characters/],
    [["publish", "rpc.requests", "1"], /calls of clients/],
    [["publish", "events:news", "1", "--wait-for-ack", "some"], /1 or more, or "all"/],
    [["publish", "events:news", "1", "--wait-for-ack", "10001"], /^acks must be "all" or/],
  ])("says what is wrong with %j", async (args, message) => {
    const { code, stderr } = await project.run(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });

  it("reports where the gateway and its key come from", async () => {
    await using empty = new Project();
    const { stderr } = await empty.run(["publish", "events:news", "1"]);
    expect(stderr).toMatch(/CENTRIFUGO_WRAPPER_URL and CENTRIFUGO_WRAPPER_API_KEY, or .* dev/);
    const env = { CENTRIFUGO_WRAPPER_URL: "http://127.0.0.1:1" };
    const keyless = await project.run(["publish", "events:news", "1"], { env });
    // Never the key of dev to another gateway.
    expect(keyless.stderr).toMatch(/set CENTRIFUGO_WRAPPER_API_KEY/);
  });
});

describe("the publisher of dev", () => {
  it("publishes from handlers, also after a reload", async () => {
    received = [];
    expect(await client.call("news.post", {})).toEqual({ status: "success" });
    project.write("handlers.ts", newsHandlers("second"));
    await dev.line(/^Reloaded/);
    expect(await client.call("news.post", {})).toEqual({ status: "success" });
    expect(received).toEqual([{ title: "first" }, { title: "second" }]);
  });
});
