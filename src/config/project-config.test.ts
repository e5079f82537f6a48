import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  loadProjectConfig,
  loadProjectSettings,
  type ProjectConfigOptions,
} from "./project-config.js";

const required = {
  wrapperUrl: "http://localhost:8001",
  wrapperApiKey: "wrapper-key",
  centrifugoUrl: "ws://localhost:8000",
  centrifugoApiUrl: "http://localhost:8000/api",
  centrifugoApiKey: "api-key",
  centrifugoTokenHmacSecret: "hmac",
};

let folder: string;

beforeEach(() => {
  // Inside the repository, so that a file can import the package.
  const parent = join(import.meta.dirname, "../../.cache");
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, "config-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
const load = (options: ProjectConfigOptions = {}) =>
  loadProjectConfig({ folder, env: {}, fallback: required, ...options });

describe("the sources of a field", () => {
  it("go in their order: code, environment, .env, configuration file, fallback, default", async () => {
    const order = async (options: ProjectConfigOptions = {}) =>
      (await load({ ...options, fallback: { ...required, ackTimeout: 6, ...options.fallback } }))
        .ackTimeout;
    expect((await load()).ackTimeout).toBe(30);
    expect(await order()).toBe(6);
    write("centrifugo-rpc.config.ts", "export default { ackTimeout: 5 };");
    expect(await order()).toBe(5);
    write(".env", "CENTRIFUGO_ACK_TIMEOUT=4");
    expect(await order()).toBe(4);
    const env = { CENTRIFUGO_ACK_TIMEOUT: "3" };
    expect(await order({ env })).toBe(3);
    expect(await order({ env, given: { ackTimeout: 2 } })).toBe(2);
  });

  it("are told apart in the message about wrong fields", async () => {
    write(".env", "CENTRIFUGO_ACK_TIMEOUT=0\nCENTRIFUGO_LOG_LEVEL=loud\n");
    write("centrifugo-rpc.config.mjs", "export default { metricsPublic: 7, ackTimeOut: 5 };");
    const env = { CENTRIFUGO_LOG_LEVEL: "louder" };
    const loading = load({ env, given: { logRetentionDays: -1 }, fallback: {} });
    await expect(loading).rejects.toThrowErrorMatchingInlineSnapshot(`
      [ConfigError: the configuration is invalid:
      - wrapperUrl (CENTRIFUGO_WRAPPER_URL) is missing
      - wrapperApiKey (CENTRIFUGO_WRAPPER_API_KEY) is missing
      - centrifugoUrl (CENTRIFUGO_URL) is missing
      - centrifugoApiUrl (CENTRIFUGO_API_URL) is missing
      - centrifugoApiKey (CENTRIFUGO_API_KEY) is missing
      - centrifugoTokenHmacSecret (CENTRIFUGO_TOKEN_HMAC_SECRET) is missing
      - ackTimeout (CENTRIFUGO_ACK_TIMEOUT in .env) must be a whole number of seconds from 1 to 300
      - logLevel (CENTRIFUGO_LOG_LEVEL in the environment) must be DEBUG, INFO, WARNING, ERROR or NONE
      - logRetentionDays (in the code) must be a whole number of days from 0 to 3650
      - metricsPublic (in centrifugo-rpc.config.mjs) must be true or false
      - ackTimeOut (in centrifugo-rpc.config.mjs) is not a field: use ackTimeout]
    `);
  });

  it("take a variable that is set to nothing as set: .env does not override it", async () => {
    write(".env", "CENTRIFUGO_ACK_TIMEOUT=4");
    write("centrifugo-rpc.config.ts", "export default { ackTimeout: 5 };");
    expect((await load({ env: { CENTRIFUGO_ACK_TIMEOUT: "" } })).ackTimeout).toBe(5);
  });
});

describe(".env", () => {
  it("is read with quotes, comments and exports, and leaves process.env as it is", async () => {
    write(
      ".env",
      `# secrets\nexport CENTRIFUGO_API_KEY='a # key' # comment\nCENTRIFUGO_WRAPPER_API_KEY="k"\n`,
    );
    const { centrifugoApiKey, wrapperApiKey } = await load();
    expect({ centrifugoApiKey, wrapperApiKey }).toEqual({
      centrifugoApiKey: "a # key",
      wrapperApiKey: "k",
    });
    expect(process.env).not.toHaveProperty("CENTRIFUGO_API_KEY");
  });

  it("that cannot be read is named", async () => {
    mkdirSync(join(folder, ".env"));
    await expect(load()).rejects.toThrow(/^\.env cannot be read: /);
  });
});

describe("the configuration file", () => {
  it("may be TypeScript that imports defineConfig and other files", async () => {
    write("seconds.ts", "export const seconds: number = 12;");
    write(
      "centrifugo-rpc.config.ts",
      `import { defineConfig } from ${JSON.stringify(join(import.meta.dirname, "config.ts"))};
       import { seconds } from "./seconds.js";
       export default defineConfig({ ackTimeout: seconds, logRedactFields: ["iban"] });`,
    );
    expect(await load()).toMatchObject({ ackTimeout: 12, logRedactFields: ["iban"] });
  });

  it.each([
    ["export const config = {};", "does not export a configuration: write"],
    ["export default () => ({});", "does not export a configuration: write"],
    ["throw new Error('my own mistake');", "cannot be loaded: my own mistake"],
    ["export default {", "cannot be loaded: "],
  ])("that is %j is refused by its name", async (text, message) => {
    write("centrifugo-rpc.config.ts", text);
    await expect(load()).rejects.toThrow(`centrifugo-rpc.config.ts ${message}`);
  });

  it("may be there once only", async () => {
    write("centrifugo-rpc.config.ts", "export default {};");
    write("centrifugo-rpc.config.js", "export default {};");
    await expect(load()).rejects.toThrow("keep one of them");
  });
});

describe("loadProjectSettings", () => {
  it("gives what is set and checks it, without what is missing", async () => {
    write(".env", "CENTRIFUGO_ACK_TIMEOUT=4");
    expect(await loadProjectSettings({ folder, env: {} })).toEqual({ ackTimeout: 4 });
    write(".env", "CENTRIFUGO_ACK_TIMEOUT=x");
    await expect(loadProjectSettings({ folder, env: {} })).rejects.toThrow("ackTimeout");
  });

  it("gives the secrets that follow from the token secret", async () => {
    write(".env", "CENTRIFUGO_TOKEN_HMAC_SECRET=secret\nCENTRIFUGO_PROXY_SECRET=mine");
    expect(await loadProjectSettings({ folder, env: {} })).toMatchObject({
      centrifugoTokenHmacSecret: "secret",
      proxySecret: "mine",
      handlerServiceSecret: "H62Uy6g15l1Ldm9f3o2RO5Ol6bxreruAyGMCduuskYc",
    });
  });

  it("reads nothing else when the integration is disabled", async () => {
    write(".env", "CENTRIFUGO_ACK_TIMEOUT=x\nCENTRIFUGO_ENABLED=false");
    expect(await loadProjectSettings({ folder, env: {} })).toEqual({ enabled: false });
  });
});
