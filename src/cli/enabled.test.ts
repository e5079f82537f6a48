// What the commands do when the integration is disabled.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Project, statsHandlers } from "../../testing/command-line.js";

const off = "the integration is disabled (enabled, CENTRIFUGO_ENABLED)";

describe("with enabled: false", () => {
  // No handlers file, and no other field: nothing of it is looked for.
  const files = { "centrifugo-rpc.config.ts": "export default { enabled: false };" };

  it.each([
    ["serve", "nothing is served"],
    ["dev", "nothing is started"],
  ])("%s ends well, opens nothing and says so", async (command, what) => {
    await using project = new Project(files);
    expect(await project.run([command])).toEqual({
      code: 0,
      stdout: "",
      stderr: `${off}: ${what}\n`,
    });
    expect(existsSync(join(project.folder, ".centrifugo-rpc"))).toBe(false);
  });

  it.each([
    ["config"],
    ["doctor"],
    ["token", "--user", "42"],
    ["call", "tasks.get_stats"],
    ["publish", "events:news", "{}"],
    ["logs"],
  ])("%s fails: others need what it gives", async (...args) => {
    await using project = new Project(files);
    expect(await project.run(args)).toEqual({
      code: 1,
      stdout: "",
      stderr: `${off}: enable it to use this command\n`,
    });
  });
});

describe("the configuration of a project", () => {
  it("may have the URL of Redis in .env", async () => {
    await using project = new Project({
      ".env":
        "CENTRIFUGO_TOKEN_HMAC_SECRET=s\nCENTRIFUGO_API_KEY=k\nCENTRIFUGO_WRAPPER_API_KEY=k\n" +
        "CENTRIFUGO_URL=ws://c\nCENTRIFUGO_API_URL=http://c\nCENTRIFUGO_WRAPPER_URL=http://g\n" +
        "REDIS_URL=http://redis:6379\n",
      "handlers.ts": statsHandlers(1),
      "bonus.ts": "export const bonus = 0;",
    });
    const { code, stderr } = await project.run(["serve"]);
    expect(stderr).toContain("the Redis URL must be of the form redis://host:6379");
    expect(code).toBe(1);
  });

  it("is read by the commands from .env and from the configuration file", async () => {
    await using project = new Project({
      ".env": "CENTRIFUGO_TOKEN_HMAC_SECRET=from-env-file\nCENTRIFUGO_API_KEY=api-key\n",
      "centrifugo-rpc.config.ts": `
        import { defineConfig } from "centrifugo-rpc";
        export default defineConfig({
          centrifugoUrl: "ws://localhost:7000",
          centrifugoApiUrl: "http://localhost:7000/api",
          wrapperUrl: "http://localhost:7001",
        });`,
    });
    const { stdout, stderr } = await project.run(["config"], {
      env: { CENTRIFUGO_WRAPPER_API_KEY: "k" },
    });
    expect(stderr).toContain("note: ");
    expect(JSON.parse(stdout)).toMatchObject({
      http_server: { port: "7000" },
      client: { token: { hmac_secret_key: "from-env-file" } },
      http_api: { key: "api-key" },
    });
  });
});
