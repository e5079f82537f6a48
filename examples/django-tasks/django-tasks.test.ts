// The Django project, called with the clients that its own manage.py generates.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../testing/ports.js";
import { findPython } from "../../testing/toolchains.js";
import { languages, startCaller, type Caller, type Program } from "./testing/callers.js";
import { djangoProject, startService, type RunningService } from "./testing/service.js";
import { brokers, serviceVariables, type Stack } from "./testing/stack.js";

const python = findPython() ?? "";
const folder = mkdtempSync(join(tmpdir(), "django-tasks-"));
const programs = new Map<string, Program>();
/** The languages that are on this machine. */
const usable = Object.keys(languages).filter((language) => languages[language]);

beforeAll(() => {
  if (python === "") return;
  const clients = join(folder, "clients");
  const project = djangoProject(python, { PATH: pathWithGenerator() });
  project.manage("generate_centrifugo_clients", "--output", clients, "--all");
  for (const [language, prepare] of Object.entries(languages)) {
    if (prepare) programs.set(language, prepare(clients, python));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const [broker, startStack] of Object.entries(brokers)) {
  describe.skipIf(!startStack || python === "")(`behind ${broker}`, () => {
    let stack: Stack;
    let service: RunningService;
    const restart = async (variables: NodeJS.ProcessEnv): Promise<void> => {
      const port = Number(new URL(service.url).port);
      service = await startService(djangoProject(python, { ...environment, ...variables }), {
        port,
      });
    };
    let environment: NodeJS.ProcessEnv;

    beforeAll(async () => {
      const [port, gatewayPort] = [await freePort(), await freePort()];
      const places = { serviceUrl: `http://127.0.0.1:${port}/centrifugo-rpc`, gatewayPort };
      const database = join(folder, `${broker}.sqlite3`);
      environment = { ...serviceVariables(places), DJANGO_DATABASE: database };
      const project = djangoProject(python, environment);
      project.manage("migrate");
      service = await startService(project, { port, workers: 2 });
      stack = await startStack!(places);
    });
    afterAll(async () => {
      await stack?.close();
      await service?.close();
    });

    const connected = async (language: string, userId: string): Promise<Caller> =>
      await startCaller(programs.get(language)!, stack.url, await stack.token(userId), userId);

    describe.each(usable)("called from %s", (language) => {
      let caller: Caller;
      const user = `${language.toLowerCase()}-user`;
      beforeAll(async () => {
        caller = await connected(language, user);
      });
      afterAll(() => caller?.close());

      it("keeps what is created, and counts it", async () => {
        const { result } = await caller.do("create", { title: "Write" });
        expect(result).toEqual({
          id: expect.any(Number) as number,
          owner: user,
          year: new Date().getUTCFullYear(),
        });
        await caller.do("create", { title: "Read" });
        const { id } = result as { id: number };
        expect(await caller.do("complete", { task_id: id })).toEqual({
          result: { status: "done" },
        });
        const stats = { result: { total: 2, completed: 1, pending: 1 } };
        expect(await caller.do("stats", { user_id: user })).toEqual(stats);
        const raw = { method: "tasks.get_stats", params: { user_id: user } };
        expect(await caller.do("raw", raw)).toEqual(stats);
        expect(await caller.do("list")).toEqual({ result: ["Write", "Read"] });
      });

      it("fails with the declared error, typed", async () => {
        expect(await caller.do("complete", { task_id: 999_999 })).toEqual({
          error: "TaskNotFound",
          code: 1001,
          task_id: 999_999,
        });
      });

      it("refuses the tasks of others", async () => {
        const other = await connected(language, "somebody-else");
        const { result } = await other.do("create", { title: "Mine" });
        await other.close();
        const { id } = result as { id: number };
        expect(await caller.do("complete", { task_id: id })).toMatchObject({
          error: "RPCError",
          code: 403,
          message: "only the owner may complete a task",
        });
      });

      it("cannot connect with a token that is wrong, and says so", async () => {
        const failure = { TypeScript: "ConnectionError", Python: "ConnectionError", Go: "Connect" };
        await expect(
          startCaller(programs.get(language)!, stack.url, "wrong", user),
        ).rejects.toThrow(new RegExp(`^${failure[language as keyof typeof failure]}: .*token`));
      });

      it("refuses params of a wrong type, with their place", async () => {
        const issues = [{ path: ["user_id"] }];
        const expected =
          language === "Python" ? { error: "ValidationError" } : { code: 400, details: { issues } };
        expect(await caller.do("wrong stats")).toMatchObject(expected);
        const raw = { method: "tasks.get_stats", params: { user_id: 123 } };
        expect(await caller.do("raw", raw)).toMatchObject({ code: 400, details: { issues } });
      });

      it("stops a handler, and undoes what it did, when the call is cancelled", async () => {
        const started = service.logged("importing");
        const titles = Array.from({ length: 500 }, (_, index) => `Task ${index}`);
        const before = await caller.do("stats", { user_id: user });
        const importing = caller.do("import", { titles, seconds: 0.05 });
        await started;
        const stopped = service.logged("import cancelled");
        caller.cancel();
        expect(await importing).toMatchObject({ error: "cancelled" });
        await stopped;
        expect(await caller.do("stats", { user_id: user })).toEqual(before);
      });
    });

    it("publishes what was created", async () => {
      const rpc = new CentrifugoRPCClient(stack.url, await stack.token("listener"), "listener");
      await rpc.connect();
      const heard: unknown[] = [];
      await rpc.subscribe("events:tasks", (data) => void heard.push(data));
      const task = await rpc.call("tasks.create", { title: "Tell" });
      await expect.poll(() => heard).toEqual([{ created: task }]);
      rpc.disconnect();
    });

    it("is missed while it is away, alone, and picked up with its new methods", async () => {
      const rpc = new CentrifugoRPCClient(stack.url, await stack.token("admin"), "admin");
      await rpc.connect();
      const stats = () => rpc.call("tasks.get_stats", { user_id: "admin" });
      await expect(rpc.call("notes.count", {})).rejects.toMatchObject({ code: 404 });

      await service.kill();
      await expect.poll(() => stack.methods.states()[0]?.state).toBe("down");
      await expect(stats()).rejects.toMatchObject({ code: 503 });
      expect(await rpc.call("gateway.ping", {})).toBe("pong");

      await restart({ DJANGO_SETTINGS_MODULE: "testing.more_settings" });
      await expect.poll(() => rpc.call("notes.count", {}).catch(String)).toEqual({ total: 7 });
      expect(await stats()).toEqual({ total: 0, completed: 0, pending: 0 });
      rpc.disconnect();
    });
  });
}

/** The path with a folder that has the generator of this repository. */
function pathWithGenerator(): string {
  const root = resolve(import.meta.dirname, "../..");
  const bin = join(folder, "bin");
  const program = join(bin, "centrifugo-rpc");
  const tsx = pathToFileURL(join(root, "node_modules/tsx/dist/loader.mjs")).href;
  const node = `"${process.execPath}" --conditions centrifugo-rpc-source --import ${tsx}`;
  mkdirSync(bin);
  writeFileSync(program, `#!/bin/sh\nexec ${node} "${root}/src/cli/main.ts" "$@"\n`);
  chmodSync(program, 0o755);
  return [bin, process.env["PATH"]].join(delimiter);
}
