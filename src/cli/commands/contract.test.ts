// contract, diff, and generate_centrifugo_clients --check.
import { appendFileSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Project, statsHandlers } from "../../../testing/command-line.js";

const files = { "handlers.ts": statsHandlers(3), "bonus.ts": "export const bonus = 0;" };

/** The handlers with something else in place of the optional param. */
const changed = (field: string) =>
  statsHandlers(3).replace("include_completed: z.boolean().default(true)", field);

describe("contract", () => {
  it("prints the contract of the handlers", async () => {
    await using project = new Project(files);
    const { code, stdout } = await project.run(["contract", "handlers.ts"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      contract: 1,
      methods: [{ name: "tasks.get_stats", description: "Counts the tasks of a user." }],
    });
  });

  it("prints OpenRPC, with the title and the version of the package", async () => {
    await using project = new Project({
      "package.json": '{"name":"tasks","version":"2.1.0"}',
      "contract.json": '{"contract":1,"methods":[{"name":"ping"}]}',
    });
    const { stdout } = await project.run(["contract", "contract.json", "--format", "openrpc"]);
    expect(JSON.parse(stdout)).toMatchObject({
      openrpc: "1.3.2",
      info: { title: "tasks", version: "2.1.0" },
      methods: [{ name: "ping", params: [] }],
    });
  });

  it("writes to a file, which it reads again", async () => {
    await using project = new Project(files);
    const { stdout } = await project.run(["contract", "handlers.ts", "--output", "contract.json"]);
    expect(stdout).toBe("");
    const schema = await project.run(["contract", "contract.json", "--format", "json-schema"]);
    expect(JSON.parse(schema.stdout)).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $defs: { "tasks.get_stats.params": {}, TaskStatsParams: { type: "object" } },
    });
  });

  it("reports that it cannot write", async () => {
    await using project = new Project(files);
    const output = ["--output", "none/contract.json"];
    const { code, stderr } = await project.run(["contract", "handlers.ts", ...output]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cannot write none\/contract\.json: ENOENT.*\n$/);
  });

  it.each([
    ["a missing file", "none.json", "file none.json does not exist"],
    ["a file that is not JSON", "text.json", "text.json is not valid JSON"],
    ["JSON of another form", "other.json", "other.json is not a contract: methods.0.name"],
    ["a contract of another version", "newer.json", "newer.json is not a contract: contract"],
    ["handlers that JSON cannot express", "dates.ts", "- tasks.due params.when: Date cannot be"],
  ])("refuses %s", async (_what, file, message) => {
    await using project = new Project({
      "text.json": "text",
      "other.json": '{"contract":1,"methods":[{}]}',
      "newer.json": '{"contract":2,"methods":[]}',
      "dates.ts": `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
websocketRpc("tasks.due", { params: z.object({ when: z.date() }) })(async () => undefined);
`,
    });
    const { code, stderr } = await project.run(["contract", file]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/^ +at /m);
  });
});

it("dev reports why there is no contract, and follows the handlers", async () => {
  await using project = new Project({
    "handlers.ts": `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
websocketRpc("tasks.due", { params: z.object({ when: z.date() }) })(async () => undefined);
`,
  });
  const dev = project.start(["dev", "handlers.ts", "--port", "0", "--gateway-port", "0"]);
  expect(await dev.line(/no contract/)).toContain("- tasks.due params.when: Date cannot be");
  await dev.line(/^Ready/);
  project.write(
    "handlers.ts",
    `import { websocketRpc } from "centrifugo-rpc"; websocketRpc("ping")(async () => undefined);`,
  );
  await dev.line(/^Reloaded +ping/);
  expect((await project.run(["call", "ping"])).stdout).toBe("null\n");
});

describe("diff", () => {
  it("reports what breaks old clients, and fails", async () => {
    await using project = new Project({ ...files, "new.ts": changed("limit: z.int()") });
    const { code, stdout } = await project.run(["diff", "handlers.ts", "new.ts"]);
    expect(stdout).toBe(
      [
        "changed     tasks.get_stats",
        "            params.include_completed was removed: the server ignores it if old clients send it",
        "  breaking  params.limit is new: old clients do not send it",
        "This breaks clients of the old contract: 1 changed.",
        "",
      ].join("\n"),
    );
    expect(code).toBe(1);
  });

  it("reports compatible changes, and succeeds", async () => {
    await using project = new Project({
      ...files,
      "new.ts": changed("include_completed: z.boolean().default(true), limit: z.int().optional()"),
    });
    const { code, stdout } = await project.run(["diff", "handlers.ts", "new.ts"]);
    expect(stdout).toContain("compatible  tasks.get_stats\n");
    expect(stdout).toMatch(/\nClients of the old contract work as before: 1 compatible\.\n$/);
    expect(code).toBe(0);
  });

  it("reads a contract from standard input and prints JSON", async () => {
    await using project = new Project(files);
    const { stdout: input } = await project.run(["contract", "handlers.ts"]);
    const { code, stdout } = await project.run(["diff", "-", "handlers.ts", "--json"], { input });
    expect(JSON.parse(stdout)).toEqual({
      compatible: true,
      methods: [{ method: "tasks.get_stats", verdict: "same", changes: [] }],
    });
    expect(code).toBe(0);
    expect((await project.run(["diff", "-", "-"])).stderr).toContain("only one of the two");
  });

  it("finds no difference between two forms of one contract", async () => {
    await using project = new Project(files);
    const { stdout: normal } = await project.run(["contract", "handlers.ts"]);
    const input = normal.replaceAll(
      '"type": "integer"',
      '"maximum": 9007199254740991, "type": "integer", "minimum": -9007199254740991',
    );
    expect(input).not.toBe(normal);
    const { code, stdout } = await project.run(["diff", "-", "handlers.ts", "--json"], { input });
    expect(stdout).toContain('"verdict": "same"');
    expect(code).toBe(0);
  });
});

describe("generate_centrifugo_clients --check", () => {
  const generate = ["generate_centrifugo_clients", "handlers.ts", "--output", "clients", "--all"];

  it("succeeds if the clients are up to date", async () => {
    await using project = new Project(files);
    await project.run(generate);
    const { code, stdout } = await project.run([...generate, "--check"]);
    expect(stdout).toMatch(/python: \d+ files in clients\/python are up to date\n/);
    expect(code).toBe(0);
  });

  it("lists stale, missing and surplus files, and writes nothing", async () => {
    await using project = new Project(files);
    await project.run(generate);
    const clients = join(project.folder, "clients");
    appendFileSync(join(clients, "typescript/src/models.ts"), "// mine\n");
    rmSync(join(clients, "python/README.md"));
    project.write("clients/go/old.go", "package apiclient\n");
    project.write("clients/go/mine.go", "package apiclient\n");
    const list = JSON.parse(readFileSync(join(clients, "go/.centrifugo-rpc.json"), "utf8")) as {
      files: string[];
    };
    project.write(
      "clients/go/.centrifugo-rpc.json",
      JSON.stringify({ files: [...list.files, "old.go"] }),
    );
    const { code, stdout, stderr } = await project.run([...generate, "--check"]);
    expect(stdout.trim().split("\n").toSorted()).toEqual([
      "missing clients/python/README.md",
      "stale   clients/go/.centrifugo-rpc.json",
      "stale   clients/typescript/src/models.ts",
      "surplus clients/go/old.go",
    ]);
    expect(stderr).toContain("the clients are not up to date (");
    expect(code).toBe(1);
    expect(readFileSync(join(clients, "go/old.go"), "utf8")).toBe("package apiclient\n");
  });

  it("finds that the handlers have changed", async () => {
    await using project = new Project(files);
    await project.run(generate);
    project.write("handlers.ts", changed("limit: z.int()"));
    const { code, stdout } = await project.run([...generate, "--check"]);
    expect(stdout).toContain("stale   clients/python/api_client/models.py");
    expect(code).toBe(1);
  });
});

describe("generate_centrifugo_clients", () => {
  it("writes the same clients from a contract file", async () => {
    await using project = new Project(files);
    const options = ["--output", "clients", "--typescript"];
    const generate = (from: string) => ["generate_centrifugo_clients", from, ...options];
    await project.run(["contract", "handlers.ts", "--output", "contract.json"]);
    await project.run(generate("contract.json"));
    const { stdout } = await project.run([...generate("handlers.ts"), "--check"]);
    expect(stdout).toContain("are up to date");
  });

  it("warns about unions without a discriminator, and writes the clients", async () => {
    await using project = new Project({
      "handlers.ts": `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
websocketRpc("pick", { result: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]) })(async () => ({ a: "" }));
`,
    });
    const options = ["--output", "clients", "--typescript"];
    const generate = ["generate_centrifugo_clients", "handlers.ts", ...options];
    const { code, stderr } = await project.run(generate);
    expect(stderr).toMatch(/^warning: pick result: the variants of .* cannot be told apart/);
    expect(stderr).toContain("Better: add a discriminator");
    expect(code).toBe(0);
  });
});
