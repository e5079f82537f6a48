// contract, generate_centrifugo_clients and diff, with handler services and of a running gateway.
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ScriptedService, sendJson } from "../../../testing/scripted-service.js";
import { Project, statsHandlers } from "../../../testing/command-line.js";

const files = { "handlers.ts": statsHandlers(3), "bonus.ts": "export const bonus = 0;" };
const remote = {
  name: "remote.double",
  params: {
    type: "object",
    properties: { n: { type: "integer" } },
    required: ["n"],
    additionalProperties: false,
  },
  result: { type: "integer" },
};
const generate = ["generate_centrifugo_clients", "--output", "clients", "--typescript"];

let service: ScriptedService;
let env: Record<string, string>;
beforeEach(async () => {
  service = await ScriptedService.start([remote]);
  env = {
    CENTRIFUGO_HANDLER_SERVICES: service.url,
    CENTRIFUGO_HANDLER_SERVICE_SECRET: service.secret,
  };
});
afterEach(() => service.stop());

const names = (contract: string) =>
  (JSON.parse(contract) as { methods: { name: string }[] }).methods.map(({ name }) => name);

describe("contract", () => {
  it("contains the methods of the handlers and of the configured services", async () => {
    await using project = new Project(files);
    const { code, stdout, stderr } = await project.run(["contract", "handlers.ts"], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(names(stdout)).toEqual(["remote.double", "tasks.get_stats"]);
  });

  it("of services alone needs no handlers file", async () => {
    await using project = new Project();
    const { CENTRIFUGO_HANDLER_SERVICES: _left, ...secret } = env;
    const { stdout } = await project.run(["contract", "--service", service.url], { env: secret });
    expect(JSON.parse(stdout)).toEqual({ contract: 1, methods: [remote] });
  });

  it("contacts no service if the integration is off or a contract is given", async () => {
    await using project = new Project(files);
    await service.stop();
    const off = { ...env, CENTRIFUGO_ENABLED: "false" };
    const { stdout } = await project.run(["contract", "handlers.ts"], { env: off });
    expect(names(stdout)).toEqual(["tasks.get_stats"]);
    project.write("contract.json", stdout);
    expect((await project.run(["contract", "contract.json"], { env })).stdout).toBe(stdout);
  });

  it.each([
    ["no secret", {}, ["--service", "http://a"], "set CENTRIFUGO_HANDLER_SERVICE_SECRET"],
    [
      "services beside a whole contract",
      {},
      ["contract.json", "--service", "http://a"],
      "--service applies to a handlers file only: contract.json already has all methods",
    ],
    ["no key for a gateway", {}, ["http://127.0.0.1:9"], "set CENTRIFUGO_WRAPPER_API_KEY"],
    [
      "a gateway that is away",
      { CENTRIFUGO_WRAPPER_API_KEY: "k" },
      ["http://127.0.0.1:9"],
      "the gateway at http://127.0.0.1:9 cannot be reached",
    ],
  ])("says so with %s", async (_what, given, args, message) => {
    await using project = new Project({ "contract.json": '{"contract":1,"methods":[]}' });
    const { code, stderr } = await project.run(["contract", ...args], { env: given });
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });

  it("reports that services have no methods", async () => {
    service.change();
    await using project = new Project();
    const { code, stderr } = await project.run(["contract"], { env });
    expect(stderr).toBe(`no handler found: there are no methods at ${service.url}\n`);
    expect(code).toBe(1);
  });
});

describe("generate_centrifugo_clients", () => {
  it("writes clients of handlers and services together", async () => {
    await using project = new Project(files);
    expect((await project.run(generate, { env })).code).toBe(0);
    const client = join(project.folder, "clients/typescript/src/client.ts");
    expect(readFileSync(client, "utf8")).toMatch(/remoteDouble[^]*tasksGetStats/);
  });

  it("writes nothing if a service does not respond, and names it", async () => {
    await using project = new Project(files);
    await service.stop();
    const { code, stderr } = await project.run(generate, { env });
    expect(stderr).toContain(
      `cannot read the contract of these handler services:\n- ${service.url}: `,
    );
    expect(code).toBe(1);
    expect(existsSync(join(project.folder, "clients"))).toBe(false);
  });

  it("writes nothing if a service and the handlers have the same method", async () => {
    service.change("tasks.get_stats");
    await using project = new Project(files);
    const { code, stderr } = await project.run(generate, { env });
    expect(stderr).toContain("these methods are in more than one place");
    expect(code).toBe(1);
    expect(existsSync(join(project.folder, "clients"))).toBe(false);
  });
});

describe("the URL of a gateway", () => {
  it("returns the contract of everything that it serves", async () => {
    await using project = new Project(files);
    const dev = project.start(["dev", "--port", "0", "--gateway-port", "0"], { env });
    const gateway = (await dev.line(/^Gateway/)).replace("Gateway", "").trim();
    await dev.line(/^Ready/);
    const { code, stdout } = await project.run(["contract", gateway]);
    expect(code).toBe(0);
    expect(names(stdout)).toEqual(["remote.double", "tasks.get_stats"]);
    expect((await project.run([...generate, gateway])).code).toBe(0);
    const compared = await project.run(["diff", gateway, "handlers.ts"]);
    expect(compared.stdout).toContain("removed     remote.double");
    expect(compared.code).toBe(1);
    const wrong = { CENTRIFUGO_WRAPPER_API_KEY: "another" };
    expect((await project.run(["contract", gateway], { env: wrong })).stderr).toContain(
      `the gateway at ${gateway} refused the API key`,
    );
  });

  it.each([
    ["without a contract", 404, {}, "returned HTTP status 404"],
    ["of something else", 200, { hello: "world" }, "is not a centrifugo-rpc gateway: contract: "],
    ["that leads elsewhere", 307, {}, "returned HTTP status 307"],
  ])("%s is refused", async (_what, status, body, message) => {
    const server = createServer((_request, response) => {
      sendJson(response, status, body, { Location: "/away" });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using project = new Project();
    const { code, stderr } = await project.run(["contract", url], {
      env: { CENTRIFUGO_WRAPPER_API_KEY: "k" },
    });
    server.close();
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });
});
