// Handler services in `dev` and `serve`.
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { ScriptedService, sendJson } from "../../../testing/scripted-service.js";
import { Project, statsHandlers } from "../../../testing/command-line.js";

const files = { "handlers.ts": statsHandlers(3), "bonus.ts": "export const bonus = 0;" };
const freePorts = ["--port", "0", "--gateway-port", "0"];
const middlewareOnly = `
export const middleware = [
  (next) => async (conn, params) => ({ by: conn.userId, of: await next(conn, params) }),
];
`;

const services: ScriptedService[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
});

async function startService(
  ...[methods, options]: Parameters<typeof ScriptedService.start>
): Promise<ScriptedService> {
  const service = await ScriptedService.start(methods, options);
  services.push(service);
  return service;
}

const secret = (service: ScriptedService) => ({
  CENTRIFUGO_HANDLER_SERVICE_SECRET: service.secret,
});

describe("dev", () => {
  it("serves the methods of a service, without any handlers of its own", async () => {
    const service = await startService(["tasks.add", "tasks.list"]);
    await using project = new Project();
    const args = ["dev", "--service", service.url, ...freePorts];
    const dev = project.start(args, { env: secret(service) });
    expect(await dev.line(/^Methods/)).toBe("Methods    tasks.add, tasks.list");
    expect(await dev.line(/^Services/)).toBe(`Services   ${service.url} (2 methods)`);
    await dev.line(/^Ready\. Ctrl-C stops\.$/);
    const { stdout } = await project.run(["call", "tasks.add", '{"title":"x"}']);
    expect(JSON.parse(stdout)).toEqual({ title: "x" });
    expect(await dev.stop()).toBe(0);
  });

  it("follows services and handlers as they change", async () => {
    const service = await startService(["remote.one"]);
    await using project = new Project(files);
    const env = { ...secret(service), CENTRIFUGO_HANDLER_SERVICES: `${service.url}/` };
    // The same one twice is one.
    const dev = project.start(["dev", "--service", service.url, ...freePorts], { env });
    expect(await dev.line(/^Methods/)).toBe("Methods    remote.one, tasks.get_stats");
    await dev.line(/^Services/);
    await dev.line(/^Ready/);
    service.change("remote.one", "remote.two");
    expect(await dev.line(/^Methods/)).toBe("Methods    remote.one, remote.two, tasks.get_stats");
    expect(await dev.line(/^Services/)).toBe(`Services   ${service.url} (2 methods)`);
    project.write("handlers.ts", statsHandlers(3).replace("tasks.get_stats", "tasks.renamed"));
    expect(await dev.line(/^Reloaded/)).toBe("Reloaded   remote.one, remote.two, tasks.renamed");
    expect(dev.output.filter((line) => line.startsWith("Services"))).toHaveLength(2);
  });

  it("waits for a service that is not there yet", async () => {
    const service = await startService(["remote.late"], { listening: false });
    await using project = new Project();
    const args = ["dev", "--service", service.url, ...freePorts];
    const dev = project.start(args, { env: secret(service) });
    expect(await dev.line(/^Methods/)).toBe("Methods    (none yet)");
    expect(await dev.line(/^Services/)).toMatch(/ \(not reached yet: it cannot be reached: .*\)$/);
    await service.listen();
    expect(await dev.line(/^Services/)).toBe(`Services   ${service.url} (1 method)`);
  });

  it("reports that a service is down, and that it is back", async () => {
    const service = await startService(["remote.one"]);
    await using project = new Project();
    const args = ["dev", "--service", service.url, ...freePorts];
    const dev = project.start(args, { env: secret(service) });
    const up = `Services   ${service.url} (1 method)`;
    expect(await dev.line(/^Services/)).toBe(up);
    await dev.line(/^Ready/);
    await service.stop();
    expect(await dev.line(/^Services/)).toMatch(/ \(1 method, away: it cannot be reached: .*\)$/);
    await service.listen();
    expect(await dev.line(/^Services/)).toBe(up);
    expect(dev.output.filter((line) => line.startsWith("Methods"))).toHaveLength(1);
  });

  it("runs the middleware of a handlers file that has nothing else", async () => {
    const service = await startService(["remote.echo"]);
    await using project = new Project({ "handlers.ts": middlewareOnly });
    const args = ["dev", "--service", service.url, ...freePorts];
    const dev = project.start(args, { env: secret(service) });
    await dev.line(/^Ready/);
    const { stdout } = await project.run(["call", "remote.echo", '{"n":1}']);
    expect(JSON.parse(stdout)).toEqual({ by: "dev", of: { n: 1 } });
  });

  it("derives the secret from a configured token secret", async () => {
    const service = await startService(["remote.echo"]);
    await using project = new Project();
    const dev = project.start(["dev", "--service", service.url, ...freePorts], {
      env: { CENTRIFUGO_TOKEN_HMAC_SECRET: "another" },
    });
    expect(await dev.line(/^Services/)).toContain("it refuses the signature (status 401)");
  });

  it("does not generate a secret for handler services", async () => {
    await using project = new Project();
    const args = ["dev", "--service", "http://127.0.0.1:9", ...freePorts];
    const { code, stderr } = await project.run(args);
    expect(stderr).toContain("set CENTRIFUGO_HANDLER_SERVICE_SECRET to the same value here");
    expect(code).toBe(1);
  });

  it("reports a method that is in two places", async () => {
    const service = await startService(["tasks.get_stats"]);
    await using project = new Project(files);
    const args = ["dev", "--service", service.url, ...freePorts];
    const { code, stderr } = await project.run(args, { env: secret(service) });
    expect(stderr).toContain(
      `- "tasks.get_stats": the gateway's own handlers and ${service.url}\n`,
    );
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });

  it.each([
    [["dev"], "or name handler services with --service"],
    [["dev", "none.ts", "--service", "http://a"], "file none.ts does not exist"],
    [["dev", "--service", "localhost:8000"], "must be a URL that starts with http://"],
    [["dev", "--service", "http://a?b=1"], "must not have a query or a fragment"],
    [["dev", "--service", "http://me:x@a"], "must not have a user name or a password"],
  ])("with %j says what is wrong", async (args, message) => {
    await using project = new Project();
    const env = { CENTRIFUGO_HANDLER_SERVICE_SECRET: "s" };
    const { code, stderr } = await project.run(args, { env });
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});

describe("serve", () => {
  const KEY = "the-wrapper-key";
  const environment = (url: string) => ({
    CENTRIFUGO_URL: "ws://127.0.0.1:9",
    CENTRIFUGO_API_URL: "http://127.0.0.1:9/api",
    CENTRIFUGO_API_KEY: "k",
    CENTRIFUGO_TOKEN_HMAC_SECRET: "t",
    CENTRIFUGO_PROXY_SECRET: "p",
    CENTRIFUGO_WRAPPER_URL: url,
    CENTRIFUGO_WRAPPER_API_KEY: KEY,
  });

  async function serve(project: Project, service: ScriptedService, more: string[] = []) {
    const url = `http://127.0.0.1:${await freePort()}`;
    const env = { ...environment(url), ...secret(service) };
    const args = [
      "serve",
      "--grace",
      "0",
      "--port",
      new URL(url).port,
      "--service",
      service.url,
      ...more,
    ];
    const serving = project.start(args, { env });
    const ready = JSON.parse(await serving.line(/gateway ready/)) as { methods: string[] };
    return { serving, methods: ready.methods, ...gatewayAt(url), env };
  }

  function gatewayAt(url: string) {
    return {
      /** A call as Centrifugo hands it on; gives the data of the reply. */
      async call(method: string, params: object): Promise<unknown> {
        const response = await fetch(`${url}/centrifugo/rpc`, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-Proxy-Secret": "p" },
          body: JSON.stringify({
            client: "c1",
            transport: "websocket",
            protocol: "json",
            encoding: "json",
            user: "42",
            method,
            data: { $rpc: 1, correlation_id: `id-${method}`, params },
          }),
        });
        return ((await response.json()) as { result: { data: unknown } }).result.data;
      },
      get: async (path: string) =>
        await (await fetch(`${url}${path}`, { headers: { "X-API-Key": KEY } })).text(),
    };
  }

  it("serves, logs and counts their calls, and reports the state of the service", async () => {
    const service = await startService(["remote.echo"]);
    await using project = new Project(files);
    const { serving, methods, call, get } = await serve(project, service);
    expect(methods).toEqual(["remote.echo", "tasks.get_stats"]);
    expect(await call("remote.echo", { n: 1 })).toMatchObject({ result: { n: 1 } });
    expect(await serving.line(/"msg":"call ended"/)).toContain('"method":"remote.echo"');
    const metrics = await get("/metrics");
    expect(metrics).toContain('centrifugo_rpc_calls_total{method="remote.echo",code="0"} 1');
    expect(metrics).toContain(`centrifugo_rpc_handler_service_up{service="${service.url}"} 1`);
    expect(JSON.parse(await get("/ready"))).toMatchObject({ checks: { handler_services: "ok" } });
    expect(JSON.parse(await get("/contract"))).toMatchObject({
      methods: [{ name: "remote.echo" }, { name: "tasks.get_stats" }],
    });
  });

  it("starts without a service that is down; only its methods cannot be called", async () => {
    const service = await startService(["remote.echo"], { listening: false });
    await using project = new Project(files);
    const { methods, call, get } = await serve(project, service);
    expect(methods).toEqual(["tasks.get_stats"]);
    expect(await call("remote.echo", {})).toMatchObject({ error: { code: 503 } });
    expect(await call("tasks.get_stats", { user_id: "1" })).toMatchObject({ result: { total: 3 } });
    expect(JSON.parse(await get("/ready"))).toMatchObject({ checks: { handler_services: "down" } });
    expect(await get("/metrics")).toContain(`_handler_service_up{service="${service.url}"} 0`);
  });

  it("lets calls in a service end when it stops", async () => {
    const service = await startService(["remote.held"]);
    let answer = (): void => undefined;
    const called = new Promise<void>((resolve) => {
      service.onCall = (response) => {
        answer = () => sendJson(response, 200, { result: "done" });
        resolve();
      };
    });
    await using project = new Project(files);
    const { serving, call, get } = await serve(project, service);
    const reply = call("remote.held", {});
    await called;
    const stopped = serving.stop();
    await expect.poll(() => get("/health")).toContain("stopping");
    answer();
    expect(await reply).toMatchObject({ result: "done" });
    expect(await stopped).toBe(0);
  });
});
