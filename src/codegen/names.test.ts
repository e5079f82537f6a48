import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../protocol/index.js";
import { ContractError, generateGo, generatePython, generateTypescript } from "./index.js";
import type { GeneratedFiles } from "./index.js";

type Properties = Record<string, JsonSchema>;

function object(properties: Properties = {}, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

const generators = { TypeScript: generateTypescript, Python: generatePython, Go: generateGo };
type Language = keyof typeof generators;

function generate(language: Language, methods: Record<string, JsonSchema>): GeneratedFiles {
  const contract = {
    contract: 1 as const,
    methods: Object.entries(methods).map(([name, params]) => ({ name, params, result: object() })),
  };
  return generators[language]({ contract, runtime: new Map(), generatorVersion: "0.0.0" });
}

function problems(language: Language, methods: Record<string, JsonSchema>): string[] {
  try {
    generate(language, methods);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    return error.problems.map(
      ({ method, path, problem, fix }) => `${method} ${path}: ${problem} (${fix})`,
    );
  }
  return [];
}

const everywhere = Object.keys(generators) as Language[];

describe.each(everywhere)("%s refuses", (language) => {
  test("two methods of one name, with the origin of both", () => {
    const found = problems(language, {
      "tasks.get_stats": object({}, { id: "A" }),
      "tasks.getStats": object({}, { id: "B" }),
    });
    expect(found).toContainEqual(
      expect.stringMatching(
        /^tasks\.get_stats : the name \w+ in .* is also "tasks\.getStats" \(rename the method\)$/,
      ),
    );
  });

  test.each(["connect", "disconnect", "call"])("the method %s of the base client", (name) => {
    expect(problems(language, { [name]: object() })).toEqual([
      expect.stringMatching(new RegExp(`^${name} : .* is taken already \\(rename the method\\)$`)),
    ]);
  });

  test.each(["APIClient", "RPCError"])("a model called %s", (id) => {
    expect(problems(language, { "a.b": object({ x: object({}, { id }) }) })).toEqual([
      expect.stringMatching(/^a\.b params\.x: .* is taken already \(give the schema another id\)$/),
    ]);
  });
});

test.each<[Language, string]>([
  ["TypeScript", "then"],
  ["TypeScript", "constructor"],
  ["TypeScript", "to_string"],
  ["Go", "client"],
  ["Go", "write_byte"],
])("%s has no method %s", (language, name) => {
  expect(problems(language, { [name]: object() })).toHaveLength(1);
  for (const other of everywhere.filter((candidate) => candidate !== language)) {
    expect(problems(other, { [name]: object() })).toEqual([]);
  }
});

test.each<[Language, string]>([
  ["TypeScript", "Promise"],
  ["TypeScript", "Record"],
  ["Python", "None"],
  ["Python", "BaseModel"],
  ["Python", "Literal"],
  ["Go", "NewAPIClient"],
  ["Go", "Ptr"],
])("%s has no model %s", (language, id) => {
  expect(problems(language, { "a.b": object({ x: object({}, { id }) }) })).toHaveLength(1);
});

describe("fields", () => {
  test("of one name are refused where the language has only one for them", () => {
    const params = object({ userId: {}, user_id: {}, class: {}, class_: {} });
    expect(problems("TypeScript", { "a.b": params })).toEqual([]);
    expect(problems("Python", { "a.b": params })).toEqual([
      'a.b params.user_id: the name user_id in the Python model ABParams is also "a.b" params.userId (rename the field)',
      'a.b params.class_: the name class_ in the Python model ABParams is also "a.b" params.class (rename the field)',
    ]);
    expect(problems("Go", { "a.b": params })).toEqual([
      'a.b params.user_id: the name UserId in the Go struct ABParams is also "a.b" params.userId (rename the field)',
      'a.b params.class_: the name Class in the Go struct ABParams is also "a.b" params.class (rename the field)',
    ]);
  });

  test.each(["", 'a"b', "a,b", "a`b", "a\\b", "a\nb", "🏓"])("%j has no struct tag", (name) => {
    expect(problems("Go", { "a.b": object({ [name]: {} }) })).toEqual([
      expect.stringContaining("a Go struct tag cannot hold the name of this field"),
    ]);
    expect(problems("TypeScript", { "a.b": object({ [name]: {} }) })).toEqual([]);
  });

  test.each([
    ["userId", "user_id"],
    ["class", "class_"],
    ["model_dump", "model_dump_"],
    ["list", "list_"],
    ["__x__", "x"],
    ["1st", "field_1st"],
    ["$", "u24"],
    ["", "empty"],
  ])("%j is %s in Python, under its name on the wire", (name, attribute) => {
    const models = generate("Python", { "a.b": object({ [name]: { type: "string" } }) }).get(
      "api_client/models.py",
    );
    const alias = JSON.stringify(name);
    expect(models?.replaceAll(/\s+/g, "")).toMatch(
      new RegExp(
        `\\b${attribute}:str=Field\\(validation_alias=${escape(alias)},serialization_alias=${escape(alias)}`,
      ),
    );
  });

  test.each([
    ["user_id", 'UserId string `json:"user_id"`'],
    ["URLParser", 'UrlParser string `json:"URLParser"`'],
    ["-", 'U2d string `json:"-,"`'],
    ["1st", 'X1st string `json:"1st"`'],
    ["имя", 'Имя string `json:"имя"`'],
  ])("%j in Go", (name, declaration) => {
    const models = generate("Go", { "a.b": object({ [name]: { type: "string" } }) }).get(
      "models.go",
    );
    expect(models).toContain(declaration);
  });
});

describe("enum constants in Go", () => {
  const constants = (values: readonly (string | number)[]) => {
    const params = object({ x: { enum: values, id: "E" } });
    const models = generate("Go", { "a.b": params }).get("models.go") ?? "";
    return [...models.matchAll(/^\t(E\w*) +E = (.*)$/gm)].map(
      ([, name, value]) => `${name} ${value}`,
    );
  };

  test("come from the words or the code points of the values", () => {
    expect(constants(["in_progress", "", "+"])).toEqual([
      'EInProgress "in_progress"',
      'EEmpty ""',
      'EU2b "+"',
    ]);
    expect(constants([1, -1, 2.5])).toEqual(["E1 1", "EMinus1 -1", "E2Point5 2.5"]);
  });

  test("of one name are told apart by their values, whatever stands beside them", () => {
    const [upper, lower] = constants(["FOO", "foo"]);
    expect(upper).toMatch(/^EFoo_[0-9a-f]{4} "FOO"$/);
    expect(lower).toMatch(/^EFoo_[0-9a-f]{4} "foo"$/);
    expect(constants(["a", "foo", "FOO"]).slice(1)).toEqual([lower, upper]);
  });

  test("are refused when another model has their name", () => {
    const params = object({
      x: { enum: ["high"], id: "Priority" },
      y: object({}, { id: "PriorityHigh" }),
    });
    expect(problems("Go", { "a.b": params })).toEqual([
      expect.stringMatching(
        /^a\.b params\.y: the name PriorityHigh in the Go package is also "a\.b" params\.x/,
      ),
    ]);
  });
});

test("keywords are methods with an underscore in Python, and as they are elsewhere", () => {
  const methods = { import: object(), "class.delete": object() };
  expect(generate("Python", methods).get("api_client/client.py")).toMatch(
    /async def class_delete\([^]*async def import_\(/,
  );
  expect(generate("TypeScript", methods).get("src/client.ts")).toMatch(
    / classDelete\([^]* import\(/,
  );
  expect(generate("Go", methods).get("client.go")).toMatch(/\) ClassDelete\([^]*\) Import\(/);
});

test("the header names the version, and two runs are the same", () => {
  for (const language of everywhere) {
    const methods = { "b.x": object({ a: {} }), "a.x": object() };
    const files = generate(language, methods);
    const reversed = generate(language, Object.fromEntries(Object.entries(methods).toReversed()));
    expect([...reversed]).toEqual([...files]);
    const sources = [...files].filter(([path]) => /\.(ts|py|go)$/.test(path));
    for (const [, text] of sources) {
      expect(text).toMatch(/^(\/\/|#) Code generated by centrifugo-rpc 0\.0\.0\. DO NOT EDIT\.\n/);
    }
  }
});

test("the base client is carried as it is, in the folder of the language", () => {
  const input = { contract: { contract: 1 as const, methods: [] }, generatorVersion: "0.0.0" };
  const one = new Map([["client/index.ts", "text"]]);
  expect(generateTypescript({ ...input, runtime: one }).get("src/rpc/client/index.ts")).toBe(
    "text",
  );
  expect(generatePython({ ...input, runtime: one }).get("api_client/rpc/client/index.ts")).toBe(
    "text",
  );
  const module = new Map([
    ["go.mod", "module centrifugorpc\n\ngo 1.25.0\n"],
    ["rpc/client.go", "package rpc\n"],
  ]);
  const files = generateGo({ ...input, runtime: module });
  expect(files.get("go.mod")).toBe("module apiclient\n\ngo 1.25.0\n");
  expect(files.get("rpc/client.go")).toBe("package rpc\n");
});

function escape(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
