import { z } from "zod";
import type { Contract, JsonSchema } from "../../src/protocol/index.js";
import { contractOf } from "../contract-of.js";

/** The schema of an object all of whose properties are required. */
function object(properties: Record<string, JsonSchema>, rest: object = {}): JsonSchema {
  return { type: "object", properties, required: Object.keys(properties), ...rest };
}

/** One text of each wire format, in every place where a type can stand. */
export function formats(): Contract {
  const int64 = z.stringFormat("int64", /^-?\d+$/);
  const uint64 = z.stringFormat("uint64", /^\d+$/);
  const decimal = z.stringFormat("decimal", /^-?\d+(?:\.\d+)?$/);
  const time = z.string().meta({ format: "time" });
  const all = z
    .object({
      created_at: z.iso.datetime({ offset: true }),
      day: z.iso.date(),
      at: time,
      duration: z.iso.duration(),
      id: z.uuid(),
      amount: decimal,
      sequence: int64,
      size: uint64,
      data: z.base64(),
      token: z.base64url(),
    })
    .meta({ id: "AllFormats" });
  const places = z
    .object({
      optional: z.iso.datetime().optional(),
      nullable: z.iso.datetime().nullable(),
      both: int64.nullish(),
      list: z.array(z.base64()),
      nested: z.array(z.array(int64)),
      map: z.record(z.string(), decimal),
      keyed: z.partialRecord(z.enum(["a", "b"]), z.uuid()),
      pair: z.tuple([z.iso.date(), uint64]),
      many: z.array(z.iso.datetime().nullable()),
      union: z.union([int64, z.int()]),
      kinds: z.union([z.iso.datetime(), z.boolean(), z.array(z.base64url())]),
      optional_list: z.array(z.uuid()).optional(),
    })
    .meta({ id: "FormatPlaces" });
  return contractOf({
    "formats.put": { params: all, result: all },
    "formats.places": { params: places, result: places },
    "formats.defaults": {
      params: z.object({
        since: z.iso.datetime().default("2026-01-31T12:00:00Z"),
        day: z.iso.date().default("2026-01-31"),
        id: z.uuid().default("01890a5d-ac96-774b-bcce-b302099a8057"),
        amount: decimal.default("9.99"),
        sequence: int64.default("9007199254740993"),
        data: z.base64().default("aGVsbG8="),
        timeout: z.iso.duration().default("PT30S"),
      }),
      result: z.object({ count: z.int() }),
    },
    "formats.plain": {
      description: "Texts that are texts: no language handles them in another way.",
      params: z.object({
        local: z.iso.datetime({ local: true }),
        time: z.iso.time(),
        email: z.email(),
        url: z.url(),
        ip: z.ipv4(),
        one_of: z.union([z.uuid(), z.email()]),
        now: z.union([z.iso.date(), z.literal("today")]),
        parsed: z.string().transform((text) => text.length),
        day: z.codec(z.iso.date(), z.date(), {
          decode: (text) => new Date(text),
          encode: (date) => date.toISOString().slice(0, 10),
        }),
      }),
      result: z.object({ ok: z.boolean() }),
    },
  });
}

/** Tuples, maps with the keys of an enum, typed rests, constants. */
export function collections(): Contract {
  const level = z.enum(["low", "mid-high", "2"]).meta({ id: "Level" });
  const point = z.object({ x: z.number(), y: z.number() }).meta({ id: "Point" });
  const all = z
    .object({
      pair: z.tuple([z.string(), z.int()]),
      mixed: z.tuple([point, z.array(z.string()), z.boolean().nullable()]),
      at_least_one: z.tuple([z.string()], z.int()),
      nothing: z.tuple([]),
      nested: z.tuple([z.tuple([z.int(), z.int()]), z.tuple([z.string()], point)]),
      pairs: z.array(z.tuple([z.string(), z.number()])),
      by_level: z.partialRecord(level, z.int()),
      points_by_level: z.partialRecord(level, z.array(point)),
      every_level: z.record(level, z.int()),
      by_number: z.record(z.string(), z.string()),
      anonymous: z.partialRecord(z.enum(["north", "south"]), z.object({ open: z.boolean() })),
      loose: z.looseObject({ id: z.string() }),
      counted: z.object({ name: z.string(), note: z.string().optional() }).catchall(z.int()),
      pointed: z.object({ name: z.string() }).catchall(point),
      empty: z.object({}),
      null_only: z.null(),
      anything: z.unknown(),
      optional_pair: z.tuple([z.string(), z.int()]).optional(),
      nullable_map: z.partialRecord(level, z.string()).nullable(),
    })
    .meta({ id: "Collections" });
  const constant: JsonSchema = object({
    limits: { const: { max: 10, units: ["px", null], deep: { on: true } } },
    answer: { const: 42 },
    nothing: { const: null },
    origin: { enum: [{ kind: "here", x: 1 }, { kind: "there" }] },
  });
  const contract = contractOf({ "collections.put": { params: all, result: all } });
  return {
    ...contract,
    methods: [
      ...contract.methods,
      { name: "collections.constants", params: constant, result: constant },
    ],
  };
}

/** Params and results of every type, and none. */
export function toplevel(): Contract {
  const level = z.enum(["low", "high"]).meta({ id: "Level" });
  const item = z.object({ id: z.string() }).meta({ id: "Item" });
  const none = z.null();
  const shape = z
    .discriminatedUnion("kind", [
      z.object({ kind: z.literal("circle"), radius: z.number() }).meta({ id: "Circle" }),
      z.object({ kind: z.literal("dot") }).meta({ id: "Dot" }),
    ])
    .meta({ id: "Shape" });
  return contractOf({
    "all.nothing": { description: "Neither takes nor gives anything." },
    "list.items": { params: z.array(z.string()), result: z.array(item) },
    "list.ids": { result: z.array(z.object({ id: z.int() })).meta({ id: "Ids" }) },
    "list.maybe": { params: z.array(z.int()).nullable(), result: item.nullable() },
    "map.counts": { params: z.record(z.string(), z.int()), result: z.record(level, z.int()) },
    "map.levels": {
      params: z.partialRecord(level, item),
      result: z.partialRecord(level, z.array(z.string())),
    },
    "scalar.text": { params: z.string(), result: z.string() },
    "scalar.number": { params: z.int(), result: z.number() },
    "scalar.boolean": { params: z.boolean(), result: z.boolean() },
    "scalar.nullable": { params: z.string().nullable(), result: z.int().nullable() },
    "scalar.unknown": { params: z.unknown(), result: z.unknown() },
    "scalar.none": { params: none, result: none },
    "format.time": { params: z.iso.datetime(), result: z.iso.datetime() },
    "format.large": {
      params: z.stringFormat("int64", /^-?\d+$/).meta({ id: "Sequence" }),
      result: z.base64(),
    },
    "tuple.pair": {
      params: z.tuple([z.string(), z.int()]),
      result: z.tuple([item], z.string()),
    },
    "enum.named": { params: level, result: level },
    "enum.anonymous": { params: z.enum(["a", "b"]), result: z.literal([1, 2]) },
    "union.kinds": {
      params: z.union([z.string(), z.int()]),
      result: z.union([z.string(), z.array(item)]),
    },
    "union.shapes": { params: shape, result: shape },
    "object.optional": {
      params: z.object({ page: z.int().default(1), query: z.string().optional() }),
      result: z.object({}),
    },
    "object.only_result": { result: z.object({ time: z.int() }) },
    "object.only_params": { params: z.object({ id: z.string() }) },
  });
}

/** Errors that methods declare. */
export function errors(): Contract {
  const notFound = {
    name: "TaskNotFound",
    code: 1001,
    description: "There is no such task.",
    details: z.object({ task_id: z.string(), looked_in: z.enum(["open", "archive"]) }),
  };
  const limit = {
    name: "LimitReached",
    code: 1002,
    details: z.object({ limit: z.int(), until: z.iso.datetime() }).meta({ id: "Limit" }),
  };
  const locked = { name: "TaskLocked", code: 1999, description: 'Someone "edits" it: */ wait.' };
  const conflicts = {
    name: "EditConflicts",
    code: 1003,
    details: z.array(z.object({ field: z.string(), value: z.unknown() })),
  };
  const reason = { name: "Refused", code: 1004, details: z.string() };
  return contractOf({
    "tasks.get": {
      params: z.object({ id: z.string() }),
      result: z.object({ title: z.string() }),
      errors: [notFound],
    },
    "tasks.edit": {
      description: "Changes the title.",
      params: z.object({ id: z.string(), title: z.string() }),
      result: z.object({ limit: limit.details.optional() }),
      errors: [notFound, limit, locked, conflicts, reason],
    },
    "tasks.delete": { params: z.object({ id: z.string() }), errors: [notFound, locked] },
    "tasks.ping": {},
  });
}

/** What newer servers may add to, and what they may not. */
export function open(): Contract {
  const status = z.enum(["open", "closed", "", " ", "In Progress"]).meta({ id: "Status" });
  const size = z.literal([1, 2, -3]).meta({ id: "Size" });
  const event = z
    .discriminatedUnion("type", [
      z.object({ type: z.literal("created"), id: z.string() }).meta({ id: "Created" }),
      z.object({ type: z.enum(["renamed", "moved"]), to: z.string() }).meta({ id: "Changed" }),
    ])
    .meta({ id: "Event" });
  const versioned = z.discriminatedUnion("version", [
    z.object({ version: z.literal(1), name: z.string() }),
    z.object({ version: z.literal([2, 3]), names: z.array(z.string()) }),
  ]);
  const toggle = z.discriminatedUnion("on", [
    z.object({ on: z.literal(true), level: z.int() }),
    z.object({ on: z.literal(false) }),
  ]);
  const result = z.object({
    status,
    size,
    ratio: z.literal([0.5, 1.5]),
    mixed: z.literal(["a", 1, true, null]),
    one: z.literal("only"),
    flag: z.literal(true),
    event,
    events: z.array(event),
    last: event.nullable(),
    versioned,
    toggle,
    by_status: z.partialRecord(status, z.int()),
    either: z.union([event, z.string()]),
    closed: z.enum(["mro", "name", "value", "None", "_missing_", "_x", "+1", "-1"]),
    zones: z.enum(["Etc/GMT+1", "Etc/GMT-1", "foo", "FOO", "f-o-o"]),
  });
  return contractOf({
    "events.list": { params: z.object({ event, size, only: z.enum(["a", "b"]) }), result },
  });
}

/** Named lists and scalars, and types that contain themselves without an object in between. */
export function aliases(): Contract {
  const userId = z.string().meta({ id: "UserId", description: "Who." });
  const users = z.array(userId).meta({ id: "Users" });
  const rows: z.ZodType = z.lazy(() => z.array(rows)).meta({ id: "Rows" });
  const groups: z.ZodType = z.lazy(() => z.record(z.string(), groups)).meta({ id: "Groups" });
  const chain: z.ZodType = z.lazy(() => z.union([z.null(), z.tuple([z.string(), chain])]));
  const expression: z.ZodType = z
    .lazy(() => z.union([z.string(), z.number(), z.array(expression)]))
    .meta({ id: "Expression" });
  const all = z
    .object({
      owner: userId,
      members: users,
      teams: z.record(z.string(), users),
      maybe: z.array(z.int()).nullable().meta({ id: "MaybeNumbers" }),
      moment: z.iso.datetime().meta({ id: "Moment" }),
      big: z.stringFormat("int64", /^-?\d+$/).meta({ id: "BigNumber" }),
      pair: z.tuple([userId, z.int()]).meta({ id: "Pair" }),
      counts: z.record(z.string(), z.int()).meta({ id: "Counts" }),
      anything: z.unknown().meta({ id: "Anything" }),
      either: z.union([userId, z.int()]),
      json: z.json(),
      named_json: z.json().meta({ id: "Json" }),
      rows,
      groups,
      chain: chain.meta({ id: "Chain" }),
      expression,
      optional_json: z.json().optional(),
    })
    .meta({ id: "Aliases" });
  return contractOf({
    "aliases.put": { params: all, result: all },
    "aliases.json": { params: z.json(), result: z.json() },
  });
}

/** Intersections, and unions whose variants nothing tells apart. */
export function combinations(): Contract {
  const entity = z.object({ id: z.uuid(), created_at: z.iso.datetime() }).meta({ id: "Entity" });
  const user = z.intersection(entity, z.object({ name: z.string() })).meta({ id: "User" });
  const card = z.object({ card: z.string(), cvc: z.string().optional() });
  const iban = z.object({ iban: z.string() });
  const shape = z.union([
    z.object({ kind: z.literal("circle"), radius: z.number() }),
    z.object({ kind: z.literal("dot") }),
  ]);
  const variants = z
    .object({
      payment: z.union([card, iban]).meta({ id: "Payment" }),
      payments: z.array(z.union([card, iban])),
      person: z.union([user, z.object({ nick: z.string() }), z.string()]),
      lists: z.union([z.array(z.string()), z.array(z.int())]),
      anything: z.union([z.int(), z.array(z.int()), z.array(card), z.record(z.string(), z.int())]),
      placed: z.intersection(z.object({ x: z.number() }), shape),
      user,
      labelled: z.intersection(z.object({ a: z.string() }), z.record(z.string(), z.string())),
    })
    .meta({ id: "Combinations" });
  const beside: JsonSchema = object(
    {
      point: { $ref: "#/$defs/Point", description: "A point in space.", properties: { z: {} } },
      same: { allOf: [{ $ref: "#/$defs/Point" }], description: "A point as it is." },
    },
    { $defs: { Point: object({ x: { type: "number" }, y: { type: "number" } }) } },
  );
  const contract = contractOf({ "combinations.put": { params: variants, result: variants } });
  return {
    ...contract,
    methods: [...contract.methods, { name: "combinations.beside", params: beside, result: beside }],
  };
}
