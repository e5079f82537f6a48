import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import {
  buildModel,
  ContractError,
  generateGo,
  generatePython,
  generateTypescript,
} from "../index.js";
import type { GeneratedFiles } from "../index.js";

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
  return generators[language]({
    model: buildModel(contract),
    runtime: new Map(),
    generatorVersion: "0.0.0",
  });
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

const clientFiles = {
  TypeScript: "src/client.ts",
  Python: "api_client/client.py",
  Go: "client.go",
};
const modelFiles = { TypeScript: "src/models.ts", Python: "api_client/models.py", Go: "models.go" };

function clientOf(language: Language, methods: Record<string, JsonSchema>): string {
  return generate(language, methods).get(clientFiles[language])!;
}

function modelsOf(language: Language, params: JsonSchema): string {
  return generate(language, { "a.b": params }).get(modelFiles[language])!;
}

describe.each(everywhere)("%s", (language) => {
  test("refuses two methods of one name, with the origin of both", () => {
    const found = problems(language, {
      "tasks.get_stats": object({}, { id: "A" }),
      "tasks.getStats": object({}, { id: "B" }),
    });
    expect(found).toContainEqual(
      expect.stringMatching(
        /^tasks\.get_stats : the name \w+ in .* is also used by "tasks\.getStats" \(rename the method\)$/,
      ),
    );
  });

  test.each(["connect", "disconnect", "call", "subscribe"])(
    "has the method %s of the base client, and the API's with an underscore",
    (name) => {
      const client = clientOf(language, { [name]: object() });
      expect(client).toMatch(new RegExp(`\\b${name}_\\(`, "i"));
    },
  );

  test.each(["APIClient", "RPCError"])("has a model called %s with an underscore", (id) => {
    const models = modelsOf(language, object({ x: object({ y: {} }, { id }) }));
    expect(models).toMatch(new RegExp(`\\b${id}_\\b`));
    expect(models).not.toMatch(new RegExp(`\\b${id}\\b`));
  });
});

test.each<[Language, string, string]>([
  ["TypeScript", "then", "then_"],
  ["TypeScript", "constructor", "constructor_"],
  ["TypeScript", "to_string", "toString_"],
  ["Python", "import", "import_"],
  ["Go", "client", "Client_"],
  ["Go", "write_byte", "WriteByte_"],
])("%s: the method %s is %s", (language, name, identifier) => {
  expect(clientOf(language, { [name]: object() })).toMatch(new RegExp(`\\b${identifier}\\(`));
  for (const other of everywhere.filter((candidate) => candidate !== language)) {
    expect(clientOf(other, { [name]: object() })).not.toContain(`${identifier}(`);
  }
});

test.each<[Language, string]>([
  ["TypeScript", "Promise"],
  ["TypeScript", "Record"],
  ["Python", "None"],
  ["Go", "NewAPIClient"],
  ["Go", "Ptr"],
])("%s: the model %s has an underscore, elsewhere it has none", (language, id) => {
  const params = object({ x: object({ y: {} }, { id }) });
  expect(modelsOf(language, params)).toMatch(new RegExp(`\\b${id}_\\b`));
  for (const other of everywhere.filter((candidate) => candidate !== language)) {
    expect(modelsOf(other, params)).not.toContain(`${id}_`);
  }
});

describe("fields", () => {
  const text = { type: "string" };

  test("of one name are told apart, whatever their order", () => {
    const names = ["userId", "user_id", "user-id", "class", "class_"];
    const params = (order: string[]) =>
      object(Object.fromEntries(order.map((name) => [name, text])));
    const identifiers = (language: Language, order: string[]) =>
      (modelsOf(language, params(order)).match(/^\s+(?:user|class)_?\w*(?=:| +string)/gim) ?? [])
        .map((line) => line.trim())
        .toSorted();
    for (const language of ["Python", "Go"] as const) {
      const found = identifiers(language, names);
      expect(new Set(found).size).toBe(names.length);
      expect(identifiers(language, names.toReversed())).toEqual(found);
    }
    expect(identifiers("Python", names)).toContain("user_id");
  });

  test.each(["", 'a"b', "a,b", "a`b", "a\\b", "a\nb", "🏓"])("%j is a field everywhere", (name) => {
    for (const language of everywhere) {
      expect(problems(language, { "a.b": object({ [name]: text }) })).toEqual([]);
    }
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
    const models = modelsOf("Python", object({ [name]: text }));
    const alias = JSON.stringify(name);
    expect(models.replaceAll(/\s+/g, "")).toMatch(
      new RegExp(
        `\\b${attribute}:\\w+=Field\\(validation_alias=${escape(alias)},serialization_alias=${escape(alias)}`,
      ),
    );
  });

  test.each([
    ["user_id", 'UserId string `json:"user_id"`'],
    ["URLParser", 'UrlParser string `json:"URLParser"`'],
    ["1st", 'X1st string `json:"1st"`'],
    ["имя", 'Имя string `json:"имя"`'],
  ])("%j in Go", (name, declaration) => {
    expect(modelsOf("Go", object({ [name]: text }))).toContain(declaration);
  });
});

describe("enum constants in Go", () => {
  const constants = (values: readonly (string | number)[]) => {
    const params = object({ x: { enum: values, id: "E" } });
    const models = modelsOf("Go", params);
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

  test("give way to a model of their name", () => {
    const params = object({
      x: { enum: ["high"], id: "Priority" },
      y: object({}, { id: "PriorityHigh" }),
    });
    const models = modelsOf("Go", params);
    expect(models).toContain("type PriorityHigh struct");
    expect(models).toMatch(/\tPriorityHigh_[0-9a-f]{4} Priority = "high"/);
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
      expect(text).toMatch(
        /^(\/\/|#|\/\*\*\n \*) Code generated by centrifugo-rpc 0\.0\.0\. DO NOT EDIT\.\n/,
      );
    }
  }
});

test("the base client is carried as it is, in the folder of the language", () => {
  const input = { model: buildModel({ contract: 1, methods: [] }), generatorVersion: "0.0.0" };
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
