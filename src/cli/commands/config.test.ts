import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Project } from "../../../testing/command-line.js";

const env = {
  CENTRIFUGO_URL: "ws://localhost:8000/connection/websocket",
  CENTRIFUGO_API_URL: "http://localhost:8000/api",
  CENTRIFUGO_API_KEY: "api-key",
  CENTRIFUGO_TOKEN_HMAC_SECRET: "hmac-secret",
  CENTRIFUGO_WRAPPER_URL: "http://localhost:8001",
  CENTRIFUGO_WRAPPER_API_KEY: "wrapper-key",
  CENTRIFUGO_PROXY_SECRET: "proxy-secret",
};
const origins = ["--allowed-origin", "https://app.example.com"];

describe("config", () => {
  it("prints JSON made from the variables", async () => {
    await using project = new Project();
    const { code, stdout, stderr } = await project.run(["config", ...origins], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      http_server: { address: "127.0.0.1", port: "8000" },
      client: {
        token: { hmac_secret_key: env.CENTRIFUGO_TOKEN_HMAC_SECRET },
        allowed_origins: ["https://app.example.com"],
      },
      rpc: { proxy: { endpoint: "http://localhost:8001/centrifugo/rpc" } },
      http_api: { key: "api-key" },
    });
  });

  it.each([
    [{}, ["--host", "0.0.0.0", "--port", "80"], { address: "0.0.0.0", port: "80" }],
    [{ CENTRIFUGO_URL: "wss://rt.example.com/connection/websocket" }, [], { port: "8000" }],
    [{ CENTRIFUGO_API_URL: "http://localhost:9000/api" }, [], { internal_port: "9000" }],
    [
      {
        CENTRIFUGO_URL: "wss://rt.example.com/connection/websocket",
        CENTRIFUGO_API_URL: "http://centrifugo:9000/api",
      },
      [],
      { port: "8000", internal_port: "9000" },
    ],
    [{ CENTRIFUGO_API_URL: "http://localhost:9000/api" }, ["--port", "9000"], { port: "9000" }],
  ])("with %j and %j listens on %j", async (variables, args, listens) => {
    await using project = new Project();
    const { stdout } = await project.run(["config", ...args], { env: { ...env, ...variables } });
    const { http_server: server } = JSON.parse(stdout) as { http_server: object };
    expect(server).toMatchObject(listens);
    expect("internal_port" in server).toBe("internal_port" in listens);
  });

  it("writes a file that only its owner can read, and replaces one only with --force", async () => {
    await using project = new Project({ "centrifugo.json": "mine" });
    const args = ["config", ...origins, "--output", "centrifugo.json"];
    const path = join(project.folder, "centrifugo.json");

    const refused = await project.run(args, { env });
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toBe("centrifugo.json exists: use --force to replace it\n");
    expect(readFileSync(path, "utf8")).toBe("mine");

    const replaced = await project.run([...args, "--force"], { env });
    expect(replaced).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ http_api: { key: "api-key" } });
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    [[], "note: without --allowed-origin no web page can connect"],
    [["--allowed-origin", "*"], "note: --allowed-origin * lets every web page connect"],
    [
      [...origins, "--https-cert", "c", "--https-key", "k"],
      "note: with HTTPS, clients connect to wss://",
    ],
    [
      [...origins, "--https-cert", "c", "--https-key", "k"],
      "note: the HTTP API will be at https://, but CENTRIFUGO_API_URL has another scheme",
    ],
  ])("with %j works and says what may surprise", async (args, note) => {
    await using project = new Project();
    const { code, stderr } = await project.run(["config", ...args], { env });
    expect(code).toBe(0);
    expect(stderr).toContain(note);
  });

  it.each([
    [["--https-cert", "c"], "HTTPS needs both --https-cert <file> and --https-key <file>"],
    [["--allowed-origin", "app.example.com"], "must be a scheme and a host"],
    [["--allowed-origin", "https://app.example.com/"], "must be a scheme and a host"],
    [["--port", "0"], "must be a port from 1 to 65535"],
    [["--redis", "a b"], "must be an address such as redis://localhost:6379"],
    [["--jwks", "localhost"], "must be a URL that starts with http:// or https://"],
    [["--format", "toml"], "Allowed choices are json, yaml, env"],
    [["--output", "missing/centrifugo.json"], "cannot write missing/centrifugo.json"],
  ])("with %j says what is wrong", async (args, message) => {
    await using project = new Project();
    const { code, stdout, stderr } = await project.run(["config", ...args], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("requires a configuration and does not use the secrets of dev", async () => {
    await using project = new Project({ ".centrifugo-rpc/dev.json": "{}" });
    const missing = await project.run(["config"]);
    expect(missing).toMatchObject({ code: 1, stdout: "" });
    expect(missing.stderr).toContain("wrapperApiKey (CENTRIFUGO_WRAPPER_API_KEY) is missing");
    const disabled = await project.run(["config"], { env: { CENTRIFUGO_ENABLED: "false" } });
    expect(disabled.stderr).toBe(
      "the integration is disabled (enabled, CENTRIFUGO_ENABLED): enable it to use this command\n",
    );
  });

  it("rejects values that readers of environment files treat differently", async () => {
    await using project = new Project();
    const { code, stdout, stderr } = await project.run(["config", "--format", "env"], {
      env: { ...env, CENTRIFUGO_API_KEY: "it's" },
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("CENTRIFUGO_HTTP_API_KEY contains a single quote");
    expect(stderr).not.toContain("it's");
  });
});
