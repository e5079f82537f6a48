// Section 5 of the public API: what the command writes, and that it writes nothing when it fails.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Project, statsHandlers } from "../../../testing/command-line.js";

const files = { "handlers.ts": statsHandlers(3), "bonus.ts": "export const bonus = 0;" };
const generate = ["generate_centrifugo_clients", "handlers.ts", "--output", "clients"];

/** Every file below a folder, by its path. */
function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((path) => [path.slice(folder.length + 1), readFileSync(path, "utf8")]),
  );
}

describe("generate_centrifugo_clients", () => {
  it("writes complete folders: manifest, README, base client, models, API client", async () => {
    await using project = new Project(files);
    const { code, stderr } = await project.run([...generate, "--all"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const written = Object.keys(snapshot(join(project.folder, "clients")));
    for (const path of [
      ...[
        "package.json",
        "README.md",
        "src/client.ts",
        "src/models.ts",
        "src/rpc/client/index.ts",
      ].map((name) => `typescript/${name}`),
      ...["pyproject.toml", "README.md", "api_client/client.py", "api_client/rpc/client.py"].map(
        (name) => `python/${name}`,
      ),
      ...["go.mod", "go.sum", "README.md", "client.go", "models.go", "rpc/client.go"].map(
        (name) => `go/${name}`,
      ),
    ]) {
      expect(written).toContain(path);
    }
    expect(written.filter((path) => /test/.test(path))).toEqual([]);
  });

  it("exits although the handlers keep something open", async () => {
    await using project = new Project({
      ...files,
      "handlers.ts": `${statsHandlers(3)} setInterval(() => undefined, 1000);`,
    });
    expect((await project.run([...generate, "--typescript"])).code).toBe(0);
  });

  it.each([
    [["--python"], ["python"]],
    [["--typescript"], ["typescript"]],
    [["--go"], ["go"]],
    [
      ["--python", "--go"],
      ["go", "python"],
    ],
    [["--all"], ["go", "python", "typescript"]],
  ])("with %j writes %j", async (flags, languages) => {
    await using project = new Project(files);
    expect((await project.run([...generate, ...flags])).code).toBe(0);
    expect(readdirSync(join(project.folder, "clients")).toSorted()).toEqual(languages);
  });

  it("lists each method, model and file with --verbose", async () => {
    await using project = new Project(files);
    const { stdout } = await project.run([...generate, "--typescript", "--verbose"]);
    expect(stdout).toContain("method  tasks.get_stats");
    expect(stdout).toContain("model   TaskStatsParams");
    expect(stdout).toContain("file    clients/typescript/src/models.ts");
    expect((await project.run([...generate, "--typescript"])).stdout).not.toContain("method");
  });

  it("writes the same bytes when it runs again", async () => {
    await using project = new Project(files);
    await project.run([...generate, "--all"]);
    const first = snapshot(join(project.folder, "clients"));
    await project.run([...generate, "--all"]);
    expect(snapshot(join(project.folder, "clients"))).toEqual(first);
  });

  it("removes files that it no longer generates, and no others", async () => {
    await using project = new Project(files);
    await project.run([...generate, "--go"]);
    const folder = join(project.folder, "clients/go");
    writeFileSync(join(folder, "mine.go"), "package apiclient\n");
    const list = join(folder, ".centrifugo-rpc.json");
    const { files: listed } = JSON.parse(readFileSync(list, "utf8")) as { files: string[] };
    writeFileSync(join(folder, "old.go"), "");
    writeFileSync(join(project.folder, "outside.txt"), "keep");
    writeFileSync(list, JSON.stringify({ files: [...listed, "old.go", "../../outside.txt"] }));

    expect((await project.run([...generate, "--go"])).code).toBe(0);
    expect(existsSync(join(folder, "old.go"))).toBe(false);
    expect(existsSync(join(folder, "mine.go"))).toBe(true);
    expect(existsSync(join(project.folder, "outside.txt"))).toBe(true);
  });
});

describe("a failure", () => {
  const inexpressible = `
import { websocketRpc } from "centrifugo-rpc";
import { z } from "zod";
websocketRpc("tasks.due", { params: z.object({ when: z.date() }), result: z.object({}) })(async () => ({}));
`;

  it.each([
    ["no language", [...generate], "no language chosen"],
    ["no --output", ["generate_centrifugo_clients", "handlers.ts", "--all"], "--output <dir>"],
    [
      "no handler",
      ["generate_centrifugo_clients", "empty.ts", "--output", "clients", "--all"],
      "no handler found",
    ],
    [
      "no file",
      ["generate_centrifugo_clients", "nowhere.ts", "--output", "clients", "--all"],
      "file nowhere.ts does not exist",
    ],
    [
      "a handler that cannot be expressed",
      ["generate_centrifugo_clients", "inexpressible.ts", "--output", "clients", "--all"],
      "tasks.due params",
    ],
    ["an unknown option", [...generate, "--rust"], "unknown option '--rust'"],
  ])("by %s ends with a clear error, and what stood there stays", async (_name, args, message) => {
    await using project = new Project({
      ...files,
      "empty.ts": "export {};",
      "inexpressible.ts": inexpressible,
      "clients/go/client.go": "package mine\n",
    });
    const before = snapshot(join(project.folder, "clients"));
    const { code, stderr } = await project.run(args);
    expect(stderr).toContain(message);
    expect(code).not.toBe(0);
    expect(snapshot(join(project.folder, "clients"))).toEqual(before);
  });

  it("over files that were not generated leaves them", async () => {
    await using project = new Project({ ...files, "clients/go/go.mod": "module mine\n" });
    const before = snapshot(join(project.folder, "clients"));
    const { code, stderr } = await project.run([...generate, "--go"]);
    expect(stderr).toContain("go.mod exists and was not generated");
    expect(code).not.toBe(0);
    expect(snapshot(join(project.folder, "clients"))).toEqual(before);
  });

  it("while writing leaves the previous files", async () => {
    await using project = new Project(files);
    // A folder stands where a file belongs.
    mkdirSync(join(project.folder, "clients/typescript/src/client.ts"), { recursive: true });
    await project.run([...generate, "--go"]);
    const before = snapshot(join(project.folder, "clients"));
    const { code, stderr } = await project.run([...generate, "--go", "--typescript"]);
    expect(stderr).toContain("is a folder, but a file of this name must be written");
    expect(code).not.toBe(0);
    expect(snapshot(join(project.folder, "clients"))).toEqual(before);
  });
});
