import { decodeJwt, jwtVerify, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { CentrifugoRPCClient } from "../../client/index.js";
import { Project, statsHandlers, type Running } from "../../../testing/command-line.js";

const freePorts = ["--port", "0", "--gateway-port", "0"];
const files = { "handlers.ts": statsHandlers(3), "bonus.ts": "export const bonus = 0;" };

async function ready(dev: Running): Promise<{ url: string; gateway: string; token: string }> {
  const value = async (name: string) =>
    (await dev.line(new RegExp(`^${name} `))).slice(name.length).trim();
  const url = await value("WebSocket");
  const gateway = await value("Gateway");
  const token = await value("Token");
  await dev.line(/^Ready/);
  return { url, gateway, token };
}

/** A method that ends half a second after dev was told to stop, and a timer that never ends. */
const heldHandler = `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

setInterval(() => undefined, 1000);
websocketRpc("test.held", { params: z.object({}), result: z.object({ done: z.boolean() }) })(
  async () => {
    const stopping = new Promise((resolve) => process.once("SIGTERM", resolve));
    console.log("Held");
    await stopping;
    await new Promise((resolve) => setTimeout(resolve, 500));
    return { done: true };
  },
);
`;

describe("dev", () => {
  it("serves the handlers, and prints URLs and a token that work", async () => {
    await using project = new Project(files);
    const dev = project.start(["dev", "handlers.ts", "--user", "anna", ...freePorts]);
    const { url, gateway, token } = await ready(dev);
    expect(decodeJwt(token).sub).toBe("anna");
    expect(await (await fetch(`${gateway}/health`)).json()).toEqual({ status: "ok" });
    const client = new CentrifugoRPCClient(url, token, "anna");
    await client.connect();
    expect(await client.call("tasks.get_stats", { user_id: "1" })).toMatchObject({ total: 3 });
    client.disconnect();
    expect(await dev.stop()).toBe(0);
  });

  it("signs with the secret of the environment, and reports a URL of another server", async () => {
    await using project = new Project(files);
    const env = { CENTRIFUGO_TOKEN_HMAC_SECRET: "mine", CENTRIFUGO_URL: "ws://elsewhere:1/" };
    const dev = project.start(["dev", "handlers.ts", "--user", "anna", ...freePorts], { env });
    const token = (await dev.line(/^Token/)).slice("Token".length).trim();
    const { payload } = await jwtVerify(token, new TextEncoder().encode("mine"));
    expect(payload.sub).toBe("anna");
    expect(await dev.line(/^Note/)).toContain("call and doctor use ws://elsewhere:1/");
  });

  it("finds the handlers in their usual place", async () => {
    await using project = new Project({
      "src/handlers.ts": statsHandlers(1),
      "src/bonus.ts": "export const bonus = 0;",
    });
    const dev = project.start(["dev", ...freePorts]);
    expect(await dev.line(/^Methods/)).toBe("Methods    tasks.get_stats");
  });

  it("reloads when a handler or its imports change, and keeps connections", async () => {
    await using project = new Project(files);
    const dev = project.start(["dev", "handlers.ts", "--user", "anna", ...freePorts]);
    const { url, token } = await ready(dev);
    const client = new CentrifugoRPCClient(url, token, "anna");
    await client.connect();
    const total = async () =>
      (await client.call<{ total: number }>("tasks.get_stats", { user_id: "1" })).total;
    expect(await total()).toBe(3);

    project.write("handlers.ts", statsHandlers(5));
    await dev.line(/^Reloaded/);
    expect(await total()).toBe(5);

    project.write("bonus.ts", "export const bonus = 100;");
    await dev.line(/^Reloaded/);
    expect(await total()).toBe(105);

    project.write("handlers.ts", "this is no program");
    await dev.line(/^Reload failed; the previous handlers stay/);
    expect(await total()).toBe(105);

    project.write("handlers.ts", statsHandlers(7));
    await dev.line(/^Reloaded/);
    expect(await total()).toBe(107);
    client.disconnect();
  });

  it("reloads once more for a change during a reload, and when a folder is removed", async () => {
    const handlers = (total: number, extra = "") => statsHandlers(total) + extra;
    await using project = new Project({
      ...files,
      "handlers.ts": handlers(1, "import './more/empty.js';"),
      "more/empty.ts": "export {};",
    });
    const dev = project.start(["dev", "handlers.ts", ...freePorts]);
    await ready(dev);

    const slow = "await new Promise((resolve) => setTimeout(resolve, 1000));";
    project.write("bonus.ts", `console.log("Loading"); ${slow} export const bonus = 1;`);
    await dev.line(/^Loading/);
    project.write("handlers.ts", handlers(2));
    await dev.line(/^Reloaded/);
    await dev.line(/^Reloaded/);

    project.write("bonus.ts", "export const bonus = 0;");
    project.remove("more");
    await dev.line(/^Reloaded/);
    project.write("handlers.ts", handlers(5));
    await dev.line(/^Reloaded/);
    const called = await project.run(["call", "tasks.get_stats", '{"user_id":"1"}']);
    expect(JSON.parse(called.stdout)).toMatchObject({ total: 5 });
  });

  it("lets running calls end when it stops, and exits despite open handles", async () => {
    await using project = new Project({ "handlers.ts": heldHandler });
    const dev = project.start(["dev", "handlers.ts", "--user", "anna", ...freePorts]);
    const { url, token } = await ready(dev);
    const client = new CentrifugoRPCClient(url, token, "anna");
    await client.connect();
    const running = client.call("test.held", {});
    await dev.line(/^Held/);
    const stopped = dev.stop();
    expect(await running).toEqual({ done: true });
    expect(await stopped).toBe(0);
    client.disconnect();
  });

  it("survives unhandled promise rejections", async () => {
    const handlers = `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";

const id = z.string().refine(async () => { throw new Error("no database"); });
websocketRpc("test.checked", { params: z.object({ id }) })(async () => {});
`;
    await using project = new Project({ "handlers.ts": handlers });
    const dev = project.start(["dev", "handlers.ts", "--user", "anna", ...freePorts]);
    const { url, token } = await ready(dev);
    const client = new CentrifugoRPCClient(url, token, "anna");
    await client.connect();
    for (const id of ["1", "2"]) {
      await expect(client.call("test.checked", { id })).rejects.toMatchObject({ code: 500 });
    }
    client.disconnect();
    expect(await dev.line(/unhandled promise rejection/)).toContain("no database");
    expect(await dev.stop()).toBe(0);
  });

  it("logs at the level of CENTRIFUGO_LOG_LEVEL", async () => {
    await using project = new Project(files);
    const args = ["dev", "handlers.ts", ...freePorts];
    const dev = project.start(args, { env: { CENTRIFUGO_LOG_LEVEL: "WARNING" } });
    await ready(dev);
    const wrong = await project.run(args, { env: { CENTRIFUGO_LOG_LEVEL: "loud" } });
    expect(wrong.stderr).toBe(
      "the configuration is invalid:\n" +
        "- logLevel (CENTRIFUGO_LOG_LEVEL in the environment) must be DEBUG, INFO, WARNING, " +
        "ERROR or NONE\n",
    );
  });

  it.each([
    [["missing.ts"], {}, "file missing.ts does not exist"],
    [["src"], { "src/handlers.ts": "" }, "file src does not exist"],
    [[], {}, "no handlers file: name one"],
    [["handlers.ts", "--user", "a,b"], files, "must be 1 to 200 printable ASCII"],
    [["empty.ts"], { "empty.ts": "export {};" }, "no handler found"],
    [
      ["handlers.ts"],
      { ...files, "handlers.ts": `${statsHandlers(1)} export const middleware = () => {};` },
      "exports a middleware that is not an array of functions",
    ],
    [["bad.ts"], { "bad.ts": "throw new Error('my own mistake');" }, "my own mistake"],
  ])("with %j says what is wrong", async (args, contents, message) => {
    await using project = new Project(contents);
    const { code, stderr } = await project.run(["dev", ...args, ...freePorts]);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it("reports a port in use", async () => {
    await using project = new Project(files);
    const first = project.start(["dev", "handlers.ts", ...freePorts]);
    const { url } = await ready(first);
    const port = new URL(url).port;
    const second = await project.run(["dev", "handlers.ts", "--port", port, "--gateway-port", "0"]);
    expect(second.stderr).toContain(`port ${port} is in use`);
    expect(second.code).toBe(1);
  });
});

describe("call", () => {
  it("calls the dev server of the folder without any option", async () => {
    await using project = new Project(files);
    const dev = project.start(["dev", "handlers.ts", ...freePorts]);
    await ready(dev);
    const called = await project.run(["call", "tasks.get_stats", '{"user_id":"1"}']);
    expect(JSON.parse(called.stdout)).toEqual({ total: 3, completed: 0, pending: 0 });
    expect(called.code).toBe(0);

    const piped = await project.run(["call", "tasks.get_stats", "-"], { input: '{"user_id":"1"}' });
    expect(piped.code).toBe(0);
    expect(JSON.parse(piped.stdout)).toMatchObject({ total: 3 });

    const wrong = await project.run(["call", "tasks.get_stats", '{"user_id":1}']);
    expect(wrong).toMatchObject({ code: 1, stdout: "" });
    expect(wrong.stderr).toContain("400");
    expect(wrong.stderr).toContain("user_id");

    const unknown = await project.run(["call", "tasks.nope"]);
    expect(unknown.stderr).toContain('no method "tasks.nope"');
  });

  it("accepts a token, and rejects other texts", async () => {
    await using project = new Project(files);
    const dev = project.start(["dev", "handlers.ts", "--user", "anna", ...freePorts]);
    const { token, url } = await ready(dev);
    const args = ["call", "tasks.get_stats", '{"user_id":"1"}', "--url", url];
    expect((await project.run([...args, "--token", token])).code).toBe(0);
    const nobody = new UnsecuredJWT({ sub: "a:b" }).encode();
    for (const wrong of ["nonsense", nobody]) {
      const { code, stderr } = await project.run([...args, "--token", wrong]);
      expect(stderr).toMatch(/^--token must be a JWT whose sub is a user ID: see .*\n$/);
      expect(code).toBe(1);
    }
  });

  it("reports what is missing if there is no server", async () => {
    await using project = new Project();
    const { code, stderr } = await project.run(["call", "tasks.get_stats"]);
    expect(stderr).toContain("no server to call: use --url, set CENTRIFUGO_URL");
    expect(code).toBe(1);
    const long = await project.run(["call", "tasks.get_stats", "--timeout", "301"]);
    expect(long.stderr).toContain("must be a whole number of seconds from 1 to 300");
    const invalid = await project.run(["call", "tasks.get_stats", "{"]);
    expect(invalid.stderr).toContain("the params are not valid JSON");
  });
});

describe("token", () => {
  const env = { CENTRIFUGO_TOKEN_HMAC_SECRET: "secret" };

  it("prints a token for the user", async () => {
    await using project = new Project();
    const args = ["token", "--user", "42", "--expires", "60", "--meta", '{"tenant":7}'];
    const { stdout, code } = await project.run(args, { env });
    const claims = decodeJwt(stdout.trim());
    expect(claims).toMatchObject({ sub: "42", meta: { tenant: 7 } });
    expect(claims.exp! - claims.iat!).toBe(60);
    expect(code).toBe(0);
  });

  it.each([
    [["--user", "a,b"], "without"],
    [[], "required option '--user <id>'"],
    [["--user", "42", "--expires", "soon"], "must be a whole number of seconds, 1 or more"],
    [["--user", "42", "--meta", "[]"], "JSON object"],
  ])("with %j says what is wrong", async (args, message) => {
    await using project = new Project();
    const { code, stderr } = await project.run(["token", ...args], { env });
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it("needs a secret", async () => {
    await using project = new Project();
    const { code, stderr } = await project.run(["token", "--user", "42"]);
    expect(stderr).toContain("no secret to sign the token with");
    expect(code).toBe(1);
  });
});

describe("serve", () => {
  it("lists every invalid field of the configuration", async () => {
    await using project = new Project(files);
    const { code, stderr } = await project.run(["serve", "handlers.ts"]);
    expect(stderr).toContain("- centrifugoApiUrl (CENTRIFUGO_API_URL) is missing");
    expect(stderr).toContain("- wrapperApiKey (CENTRIFUGO_WRAPPER_API_KEY) is missing");
    expect(code).toBe(1);
  });
});
