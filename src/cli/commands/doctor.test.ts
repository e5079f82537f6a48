// The command as it is run: what it prints, and its exit code.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CONFIG_VARIABLES, type CentrifugoConfig } from "../../config/index.js";
import { Project } from "../../../testing/command-line.js";
import { CHECKS } from "../doctor/checks.js";
import { embeddedSetup, type TestSetup } from "../doctor/testing/setup.js";

describe("doctor", () => {
  let setup: TestSetup;
  beforeAll(async () => {
    setup = await embeddedSetup();
  });
  afterAll(async () => {
    await setup[Symbol.asyncDispose]();
  });

  const variables = (changes: Partial<CentrifugoConfig> = {}): Record<string, string> => {
    const config = { wrapperApiKey: "unused", ...setup.config, ...changes };
    return Object.fromEntries(
      Object.entries(config).map(([field, value]) => [
        CONFIG_VARIABLES[field as keyof CentrifugoConfig],
        String(value),
      ]),
    );
  };

  it("prints each check and exits with 0 if none is wrong", async () => {
    await using project = new Project();
    const { code, stdout, stderr } = await project.run(["doctor"], { env: variables() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.slice(0, CHECKS.length)).toEqual(
      CHECKS.map(({ title }) => expect.stringMatching(`^ok +${title} +\\S`) as string),
    );
    expect(lines.slice(CHECKS.length)).toEqual([
      "",
      `${CHECKS.length} ok, 0 warning, 0 wrong, 0 skipped`,
    ]);
  });

  it("prints problems and fixes without secrets, and exits with 1", async () => {
    await using project = new Project();
    const env = variables({ proxySecret: "my-own-secret", centrifugoApiKey: "my-own-key" });
    const { code, stdout, stderr } = await project.run(["doctor"], { env });
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    expect(stdout).toMatch(
      /^wrong +HTTP API .* refuses the API key\n +in the environment: CENTRIFUGO_API_KEY=</m,
    );
    expect(stdout).toMatch(/^skipped +Version +needs: HTTP API$/m);
    expect(stdout).toContain(
      "in the gateway's environment: CENTRIFUGO_PROXY_SECRET=<that of doctor's environment>",
    );
    expect(stdout).toMatch(/ ok, 0 warning, 2 wrong, 5 skipped\n$/);
    for (const secret of ["my-own-secret", "my-own-key", "hmac-secret"]) {
      expect(stdout).not.toContain(secret);
    }
  });

  it("prints JSON for programs", async () => {
    await using project = new Project();
    const args = ["doctor", "--json", "--origin", "https://example.org"];
    const { code, stdout } = await project.run(args, { env: variables() });
    expect(code).toBe(1);
    const report = JSON.parse(stdout) as { healthy: boolean; checks: { id: string }[] };
    expect(report.healthy).toBe(false);
    expect(report.checks.map(({ id }) => id)).toEqual(CHECKS.map(({ id }) => id));
    expect(report.checks.find(({ id }) => id === "origins")).toEqual({
      id: "origins",
      status: "wrong",
      message: "pages of https://example.org cannot connect",
      fixes: [
        { where: "centrifugo", line: `"client": { "allowed_origins": [ "https://example.org" ] }` },
      ],
    });
  });

  it("checks the dev of this folder if no set-up is configured", async () => {
    const { config } = setup;
    await using project = new Project({
      ".centrifugo-rpc/dev.json": JSON.stringify({
        url: config.centrifugoUrl,
        apiUrl: config.centrifugoApiUrl,
        gatewayUrl: config.wrapperUrl,
        wrapperApiKey: "unused",
        apiKey: config.centrifugoApiKey,
        tokenHmacSecret: config.centrifugoTokenHmacSecret,
        proxySecret: config.proxySecret,
      }),
    });
    expect(await project.run(["doctor"])).toMatchObject({ code: 0 });
  });

  it.each([
    [[], {}, "centrifugoApiUrl (CENTRIFUGO_API_URL) is missing"],
    [
      [],
      { CENTRIFUGO_ENABLED: "false" },
      "the integration is disabled (enabled, CENTRIFUGO_ENABLED)",
    ],
    [["--token", "x"], undefined, "--token must be a JWT whose sub is a user ID"],
    [["--origin", "x"], undefined, "must be a scheme and a host"],
  ])("with %j and %j says what is missing", async (args, env, message) => {
    await using project = new Project();
    const ended = await project.run(["doctor", ...args], { env: env ?? variables() });
    expect(ended).toMatchObject({ code: 1, stdout: "" });
    expect(ended.stderr).toContain(message);
  });
});

describe("docs/doctor.md", () => {
  it("describes exactly the checks, in their order", () => {
    const page = readFileSync(new URL("../../../docs/doctor.md", import.meta.url), "utf8");
    const [, section = ""] = page.split("## The checks");
    const rows = [...section.matchAll(/^\| (.+?) +\| `(.+?)` +\|/gm)];
    expect(rows.map(([, title, id]) => ({ title, id }))).toEqual(
      CHECKS.map(({ title, id }) => ({ title, id })),
    );
  });
});

describe("the checks", () => {
  it.each(CHECKS)("$id comes after the checks that it needs", ({ id, needs }) => {
    const ids = CHECKS.map((check) => check.id);
    const before = ids.slice(0, ids.indexOf(id));
    expect(before).toEqual(expect.arrayContaining([...needs]));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
