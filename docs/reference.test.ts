// The tables of the documents have what the code has, and nothing else.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { CONFIG_VARIABLES, loadConfig } from "../src/index.js";
import { readDocument, root, tableBelow } from "./testing/markdown.js";

const cli = readDocument("docs/cli.md");

it("docs/configuration.md has every variable, its field and its default", () => {
  const rows = tableBelow(readDocument("docs/configuration.md"), "The fields");
  expect(new Map(rows.map(([variable, field]) => [field, variable]))).toEqual(
    new Map(Object.entries(CONFIG_VARIABLES)),
  );
  for (const [, field = "", text] of rows) expect(text).toBe(defaultOf(field) ?? "");
  expect(rows.filter(([, , text]) => text !== "")).not.toEqual([]);
});

describe("docs/cli.md", () => {
  const commands = /^Commands:\n([^]*)/m.exec(help())?.[1] ?? "";
  const names = [...commands.matchAll(/^ {2}(\w+)/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");

  it("describes every command and no other", () => {
    const [, section = ""] = cli.prose.split(/^## Commands$/m);
    const described = [...section.matchAll(/^### (.*)$/gm)].map(([, name]) => name);
    expect(described).toEqual(names);
  });

  it.each(names)("has the options of `%s --help`, with their defaults and meanings", (name) => {
    expect(tableBelow(cli, name)).toEqual(optionsOf(help(name)));
  });
});

it("docs/backend-guide.md has every field of ConnectionContext", () => {
  const code = readFileSync(join(root, "src/handlers/connection-context.ts"), "utf8");
  const fields = [...code.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
  const rows = tableBelow(readDocument("docs/backend-guide.md"), "The connection context");
  expect(rows.map(([field]) => field)).toEqual(fields);
});

describe("docs/python-reference.md", () => {
  const guide = readDocument("docs/python-reference.md");
  const source = (file: string) => readFileSync(join(root, "python/centrifugo_rpc", file), "utf8");

  it("has every field of ConnectionContext", () => {
    const code = source("handlers/context.py");
    const [, body = ""] = code.split(/^class ConnectionContext:$/m);
    const names = [...body.matchAll(/^ {4}(?:async def )?(\w+)(?:: |\(self\) -> None)/gm)];
    const properties = [...body.matchAll(/@property\n {4}def (\w+)/g)];
    const fields = [...names, ...properties].map(([, name]) => name);
    const rows = tableBelow(guide, "The connection context").map(([name]) =>
      name?.replace("()", ""),
    );
    // How a call is cancelled is for tests: handlers look at `cancelled`.
    expect(new Set(rows)).toEqual(new Set(fields.filter((name) => name !== "cancellation")));
  });

  it("has every field of DjangoCfgCentrifugoConfig, and its variable", () => {
    const [, body = ""] = source("configuration/config.py").split(
      /^class DjangoCfgCentrifugoConfig.*$/m,
    );
    const fields = [...body.matchAll(/^ {4}(\w+): \w+ = /gm)].map(([, name = ""]) => name);
    const rows = tableBelow(guide, "Configuration");
    expect(rows.map(([name, variable]) => [name, variable])).toEqual(
      fields.map((name) => [name, `CENTRIFUGO_${name.replace(/^centrifugo_/, "").toUpperCase()}`]),
    );
  });

  it("has every system check", () => {
    const ids = [...source("django/checks.py").matchAll(/id="(centrifugo_rpc\.\w+)"/g)];
    const rows = tableBelow(guide, "System checks of Django").map(([id]) => id);
    expect(rows).toEqual(ids.map(([, id = ""]) => id).toSorted());
  });
});

describe("docs/architecture.md", () => {
  const rows = tableBelow(readDocument("docs/architecture.md"), "The import arrows");

  it("has every folder of src/", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .toSorted();
    expect(rows.map(([folder = ""]) => basename(folder)).toSorted()).toEqual(folders);
  });

  it.each(rows)("%s imports from no other folders than %s", (folder = "", arrows = "") => {
    const imported = new Set(sources(folder).flatMap((file) => importedFolders(file)));
    imported.delete(basename(folder));
    expect(arrows.match(/[\w-]+/g) ?? []).toEqual(expect.arrayContaining([...imported]));
  });
});

it("CONTRIBUTING.md has every folder of the repository", () => {
  const rows = tableBelow(readDocument("CONTRIBUTING.md"), "The folders");
  const named = rows.map(([folder = ""]) => folder);
  expect(named.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  const children = ["src", "clients"].flatMap((parent) =>
    readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => `${parent}/${entry.name}/`),
  );
  expect(named).toEqual(expect.arrayContaining(children));
});

/** The options of a help text: flags, default (or variable) and meaning. */
function optionsOf(text: string): string[][] {
  const [, options = ""] = /^Options:\n([^]*)/m.exec(text) ?? [];
  const lines = options.replaceAll(/\n {8,}/g, " ");
  return [...lines.matchAll(/^ {2}(--[\w-]+(?: [<[]\w+[>\]])?) {2,}(.*)$/gm)].map(
    ([, flags = "", rest = ""]) => {
      const parts = /^(.*?)(?: \((?:choices: .*?)?(?:, )?(?:(?:default|env): (.*))?\))?$/.exec(
        rest,
      );
      const [, meaning = "", standard = ""] = parts ?? [];
      return [flags, standard.replaceAll('"', "").replace(/^\[\]$/, ""), meaning];
    },
  );
}

/** The text of `--help`. */
function help(...command: string[]): string {
  const cli = ["--import", "tsx", join(root, "src/cli/main.ts"), ...command, "--help"];
  const { stdout, stderr } = spawnSync(process.execPath, ["--conditions", SOURCE, ...cli], {
    cwd: root,
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return stdout;
}

const SOURCE = "centrifugo-rpc-source";

/** What a field is when nothing gives it, or undefined when something must, or nothing stands for it. */
function defaultOf(field: string): string | undefined {
  const required = {
    wrapperUrl: "http://w",
    wrapperApiKey: "k",
    centrifugoUrl: "ws://c",
    centrifugoApiUrl: "http://c",
    centrifugoApiKey: "k",
    centrifugoTokenHmacSecret: "s",
    // Derived from another field.
    proxySecret: "s",
    handlerServiceSecret: "s",
  };
  if (field in required) return undefined;
  const value = loadConfig({}, required)[field as keyof typeof CONFIG_VARIABLES];
  return value === undefined ? undefined : String(value);
}

/** The files of a folder without its tests. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !/\.test|(^|\/)testing\//.test(file))
    .map((file) => join(root, folder, file));
}

function importedFolders(file: string): string[] {
  const imports = readFileSync(file, "utf8").matchAll(/ from "(\.[^"]*)"/g);
  return [...imports]
    .map(([, path = ""]) => resolve(dirname(file), path).slice(join(root, "src/").length))
    .map((path) => path.split("/")[0] ?? "");
}
