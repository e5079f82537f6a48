import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { Project, type Running } from "../../../testing/command-line.js";
import { isSameServer } from "./dev.js";

const HANDLERS = `
import { defineError, RPCError, websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

const TaskNotFound = defineError("TaskNotFound", {
  code: 1001,
  message: "the task does not exist",
  details: z.object({ task_id: z.int() }),
});
const params = z.object({ task_id: z.int(), include_done: z.boolean().default(true) });
websocketRpc("tasks.get", { params, result: z.object({ done: z.boolean() }), errors: [TaskNotFound] })(
  async (_conn, { task_id, include_done }) => {
    if (task_id === 0) throw new TaskNotFound({ task_id });
    if (task_id === 1) throw new RPCError(403, "not \\u001b[2J yours");
    return { done: include_done };
  },
);
`;
const ID = /^correlation ID: [0-9a-f-]{36}$/m;

describe("call", () => {
  let project: Project;
  let dev: Running;
  beforeAll(async () => {
    project = new Project({ "handlers.ts": HANDLERS });
    const port = await freePort();
    const env = { CENTRIFUGO_URL: `ws://localhost:${port}/connection/websocket` };
    const ports = ["--port", String(port), "--gateway-port", "0"];
    dev = project.start(["dev", "handlers.ts", ...ports], { env });
    await dev.line(/^Ready/);
  });
  afterAll(() => project[Symbol.asyncDispose]());

  it("prints the name, the details and the correlation ID of an error", async () => {
    const { code, stdout, stderr } = await project.run(["call", "tasks.get", '{"task_id":0}']);
    expect(stderr).toMatch(
      /^the call failed with 1001 \(TaskNotFound\): the task does not exist$/m,
    );
    expect(stderr).toMatch(/^details: {"task_id":0}$/m);
    expect(stderr).toMatch(ID);
    expect([code, stdout]).toEqual([1, ""]);
    const id = /correlation ID: (\S+)/.exec(stderr)?.[1] ?? "";
    await expect
      .poll(async () => (await project.run(["logs", "--id", id])).stdout)
      .toContain("1001 the task does not exist");
  });

  it("prints every issue of invalid params, and no control characters of a server", async () => {
    const invalid = await project.run(["call", "tasks.get", '{"task_id":"a","include_done":1}']);
    expect(invalid.stderr).toMatch(/^details: .*"path":\["task_id"\].*"path":\["include_done"\]/m);
    const refused = await project.run(["call", "tasks.get", '{"task_id":1}']);
    expect(refused.stderr).toMatch(/^the call failed with 403: not \\u\{1b\}\[2J yours$/m);
    expect(refused.stderr).toMatch(ID);
  });

  it("warns of a param that the method does not have", async () => {
    const params = '{"task_id":2,"include_doen":false}';
    const { code, stdout, stderr } = await project.run(["call", "tasks.get", params]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { done: true }]);
    expect(stderr).toBe(
      "warning: tasks.get has no param include_doen; its fields there: task_id, include_done\n",
    );
    const right = await project.run(["call", "tasks.get", '{"task_id":2}']);
    expect(right.stderr).toBe("");
  });

  it("is announced to go elsewhere only if CENTRIFUGO_URL is another server", () => {
    expect(dev.output.filter((line) => line.startsWith("Note"))).toEqual([]);
    const here = "ws://127.0.0.1:8000/connection/websocket";
    expect(isSameServer("ws://[::1]:8000/connection/websocket", here)).toBe(true);
    expect(isSameServer("ws://localhost:8001/connection/websocket", here)).toBe(false);
    expect(isSameServer("ws://localhost:8000/other", here)).toBe(false);
    expect(isSameServer("ws://rt.example.com:8000/connection/websocket", here)).toBe(false);
    const everywhere = "ws://0.0.0.0:8000/connection/websocket";
    expect(isSameServer("ws://localhost:8000/connection/websocket", everywhere)).toBe(true);
  });

  it("publish reports which gateway refused its key", async () => {
    const env = { CENTRIFUGO_WRAPPER_API_KEY: "wrong" };
    const { code, stdout, stderr } = await project.run(["publish", "events:a", "1"], { env });
    expect(JSON.parse(stdout)).toMatchObject({ published: false, error: { code: 401 } });
    expect(stderr).toMatch(/^the gateway at http:\/\/127\.0\.0\.1:\d+ refused the API key: check/);
    expect(code).toBe(1);
  });
});

describe("an invalid command line", () => {
  it.each([
    [
      ["call", "m", "--tiemout", "3"],
      "error: unknown option '--tiemout' (Did you mean --timeout?)",
    ],
    [["cal", "m"], "error: unknown command 'cal' (Did you mean call?)"],
    [["call"], "error: missing required argument 'method'"],
  ])("%j is reported in one line, with the nearest option or command", async (args, line) => {
    await using project = new Project();
    expect(await project.run(args)).toEqual({ code: 1, stdout: "", stderr: `${line}\n` });
  });
});
