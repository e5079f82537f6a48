import { type } from "arktype";
import { z } from "zod";
import type { Contract } from "../../src/protocol/index.js";
import { contractOf } from "../contract-of.js";
import { deprecations, fieldnames, members } from "./names.js";
import { extensions, geojson, jsonvalues } from "./schemas.js";
import { aliases, collections, combinations, errors, formats, open, toplevel } from "./shapes.js";

/** The contracts of the golden folders, by folder. */
export const topics: Readonly<Record<string, () => Contract>> = {
  tasks,
  shapes,
  unions,
  recursion,
  jsonvalues,
  geojson,
  extensions,
  forms,
  arktype: arktypeShapes,
  formats,
  collections,
  toplevel,
  errors,
  open,
  aliases,
  combinations,
  names,
  fieldnames,
  members,
  deprecations,
  texts,
  empty: () => ({ contract: 1, methods: [] }),
};

function tasks(): Contract {
  return contractOf({
    "tasks.get_stats": {
      description: "Counts the tasks of a user.",
      params: z
        .object({ user_id: z.string(), include_completed: z.boolean().default(true) })
        .meta({ id: "TaskStatsParams" }),
      result: z
        .object({ total: z.int(), completed: z.int(), pending: z.int() })
        .meta({ id: "TaskStatsResult" }),
    },
  });
}

function shapes(): Contract {
  const priority = z.enum(["low", "high"]).meta({ id: "Priority", description: "How urgent." });
  const filter = z.object({
    text: z.string().min(1).describe("What to look for."),
    range: z.object({ from: z.iso.datetime(), to: z.iso.datetime().nullable() }).optional(),
  });
  const item = z.object({
    id: z.uuid(),
    score: z.number().nullable(),
    labels: z.array(z.string()),
    matrix: z.array(z.array(z.int())),
    counts: z.record(z.string(), z.int()),
    groups: z.record(z.string(), z.array(z.object({ name: z.string() }))),
    meta: z.unknown(),
    extra: z.record(z.string(), z.unknown()).optional(),
    priority: priority.nullable(),
    state: z.enum(["open", "closed"]),
    level: z.literal([1, 2, 3]),
    ratio: z.literal([0.5, 1.5]),
    done: z.literal(true),
    note: z.string().optional(),
    tags: z.array(z.string()).optional(),
    maybe: z.array(z.string()).nullish(),
    size: z.int().nullish(),
  });
  return contractOf({
    "items.search": {
      description: "Searches items.\n\nThe newest come first.",
      params: z.object({
        filter,
        states: z.array(z.enum(["open", "closed"])),
        priority: priority.default("low"),
        limit: z.int().min(1).default(20).describe("How many at most."),
        ratio: z.number().default(0.5),
        sort: z.enum(["newest", "oldest"]).default("newest"),
        title: z.string().default('the "title"'),
        labels: z.array(z.string()).default(["a", "b"]),
        options: z.object({ deep: z.boolean() }).default({ deep: true }),
        cursor: z.string().nullable().default(null),
        note: z.string().optional(),
        counts: z.record(z.string(), z.int()),
      }),
      result: z.object({ items: z.array(item), total: z.int() }),
    },
    "items.list": {
      params: z.object({ page: z.int().default(1), note: z.string().optional() }),
      result: z.object({ items: z.array(item.meta({ id: "Item" })) }),
    },
    ping: { params: z.object({}), result: z.object({}) },
  });
}

function unions(): Contract {
  const circle = z.object({ kind: z.literal("circle"), radius: z.number() }).meta({ id: "Circle" });
  const square = z.object({ kind: z.literal("square"), side: z.number() });
  const shape = z.discriminatedUnion("kind", [circle, square]).meta({
    id: "Shape",
    description: "A shape.",
  });
  const versioned = z.discriminatedUnion("version", [
    z.object({ version: z.literal(1), name: z.string() }),
    z.object({ version: z.literal([2, 3]), names: z.array(z.string()) }),
  ]);
  return contractOf({
    "shapes.draw": {
      params: z.object({
        shape,
        shapes: z.array(shape),
        by_name: z.record(z.string(), shape),
        id: z.union([z.string(), z.int()]),
        anything: z.union([
          z.enum(["all", "none"]),
          z.number(),
          z.boolean(),
          z.array(z.array(z.string())),
          circle,
        ]),
        mixed: z.literal(["a", 1, null]),
        range: z.union([z.string(), z.record(z.string(), z.int()), z.null()]).optional(),
        versioned: versioned.optional(),
        inline: z.array(z.union([z.string(), z.int()])).nullable(),
        toggle: z.discriminatedUnion("on", [
          z.object({ on: z.literal(true), level: z.int() }),
          z.object({ on: z.literal(false) }),
        ]),
      }),
      result: z.object({ shape: shape.nullable(), versioned }),
    },
  });
}

function recursion(): Contract {
  const tree = z
    .object({
      value: z.int(),
      get children() {
        return z.array(tree);
      },
      get parent() {
        return tree.optional();
      },
    })
    .meta({ id: "Tree" });
  const person = z
    .object({
      name: z.string(),
      get company() {
        return company.nullable();
      },
    })
    .meta({ id: "Person" });
  const company = z
    .object({
      get owner() {
        return person;
      },
      get staff() {
        return z.record(z.string(), person);
      },
    })
    .meta({ id: "Company" });
  const list: z.ZodType = z.object({ value: z.string(), next: z.lazy(() => list).nullable() });
  const sum = z.object({
    op: z.literal("sum"),
    get left() {
      return expression;
    },
    get right() {
      return expression;
    },
  });
  const expression: z.ZodType = z
    .discriminatedUnion("op", [z.object({ op: z.literal("number"), value: z.number() }), sum])
    .meta({ id: "Expression" });
  return contractOf({
    "nodes.put": {
      params: z.object({ tree, company, list, expression }),
      result: z.object({ tree, person: person.optional() }),
    },
    "nodes.walk": { params: tree, result: list },
  });
}

function forms(): Contract {
  const point = z.object({ x: z.number(), y: z.number() }).meta({ id: "Point" });
  const style = z
    .object({ color: z.string().default("red"), at: point, width: z.int().default(1) })
    .meta({ id: "Style" });
  const layer = z
    .object({ name: z.string(), style, styles: z.array(style).optional() })
    .meta({ id: "Layer" });
  return contractOf({
    "layers.get": { params: z.object({ at: point }), result: layer },
    "layers.put": { params: layer, result: z.object({ layer, style }) },
    "styles.put": { params: z.object({ style }), result: point },
  });
}

function arktypeShapes(): Contract {
  const nodes = type.module({
    node: { value: "number", "next?": "node | null", children: "node[]" },
  });
  const shape = type({ kind: "'circle'", radius: "number" }).or({
    kind: "'square'",
    side: "number",
  });
  return contractOf({
    "shapes.put": {
      description: "Puts shapes.",
      params: type({
        shape,
        visible: "boolean = true",
        "note?": "string",
        state: "'open' | 'closed' | null",
        id: "string | number.integer",
        uuid: "string.uuid",
        labels: "string[] >= 1",
        counts: "Record<string, number.integer>",
        level: "1 | 2 | 3",
        any: "unknown",
        nested: { email: "string.email", age: type("number.integer >= 0").describe("In years.") },
      }),
      result: type({ id: "string", "size?": "number | null" }).configure({
        // ArkType passes unknown keys on to JSON Schema, but has no type for them.
        ...({ id: "PutResult" } as object),
        description: "What was put.",
      }),
    },
    "nodes.put": { params: nodes.node, result: type({ node: nodes.node }) },
  });
}

function names(): Contract {
  const fields = Object.fromEntries(
    [
      "userId",
      "URLParser",
      "x-dash",
      "1st",
      "a.b",
      "$ref",
      "@id",
      "-",
      "class",
      "import",
      "type",
      "func",
      "copy",
      "json",
      "model_config",
      "_private",
      "list",
      "str",
      "имя",
      "任务",
      "then",
      "constructor",
      "toString",
      "self",
      "timeout",
      "omitempty",
    ].map((name) => [name, z.string()]),
  );
  return contractOf({
    "2fa.verify": { params: z.object(fields), result: z.object({ class: z.int().optional() }) },
    "class.delete": { params: z.object({ id: z.string().optional() }), result: z.object({}) },
    import: {
      params: z.object({ "user-id": z.string(), func: z.int().default(1) }),
      result: z.object({}),
    },
    "задачи.получить": { params: z.object({}), result: z.object({}) },
    "任务.统计": { params: z.object({}), result: z.object({}) },
    "a.method_with_a_name_that_is_much_longer_than_one_line_of_code_can_be_in_any_language": {
      params: z.object({
        a_field_with_a_very_long_name_for_the_printer: z
          .object({
            another_field_with_a_long_name: z.record(z.string(), z.object({ x: z.int() })),
          })
          .nullable(),
        one_of_many: z.array(z.enum(["the first of them", "the second of them", "the third"])),
        one_of_many_or_none: z
          .enum(["the first of them", "the second of them", "the third of them"])
          .nullable(),
        union_of_long_names: z.union([
          z.string(),
          z.array(z.object({ text: z.string() })),
          z.record(z.string(), z.enum(["the first of them", "the second of them", "the third"])),
        ]),
      }),
      result: z.object({ values: z.enum(["", " ", "foo", "FOO", "f-o-o", "+1", "-1", "1"]) }),
    },
  });
}

const HOSTILE = [
  "*/ alert(1) /*",
  '"""',
  'a quote at the end"',
  '"a quote at the start',
  "a backslash at the end\\",
  "\\N{DASH} \\x \\u12 ${x} `code` %s {0}",
  "one\n\n\n  two\ttabs\r\nthree\u2028four",
  "//go:build ignore\n//go:generate rm\n+build linux",
  "@deprecated\n@ts-ignore\n{@link x}",
  "[link]: http://localhost\n# Heading\n- item\n\n- item\n1. one\n    code",
  "bidi \u202e evil \u200b zero \u0000 nul \u001b escape \ud800 half",
  "</script> <!-- & -->",
];

function texts(): Contract {
  const fields = Object.fromEntries(
    HOSTILE.map((text, index) => [`field_${index}`, z.string().default(text).describe(text)]),
  );
  const enums = Object.fromEntries(
    HOSTILE.map((text, index) => [`enum_${index}`, z.literal(text)]),
  );
  return contractOf({
    "texts.put": {
      description: HOSTILE.join("\n"),
      params: z.object(fields).meta({ id: "Texts", description: HOSTILE.join("\n\n") }),
      result: z.object({
        ...enums,
        all: z.enum(HOSTILE).meta({ id: "AllTexts", description: HOSTILE[1] }),
        one: z.object({ x: z.int() }).describe("*/").optional(),
      }),
    },
    "texts.one": {
      description: HOSTILE[2]!,
      params: z.object({ a: z.string() }).describe("   "),
      result: z.object({ a: z.string() }).describe(HOSTILE[3]!),
    },
  });
}
