import { describe, expect, it, test } from "vitest";
import { RPCError } from "../../protocol/rpc-error.js";
import { Codec } from "./codec.js";
import type { TypeSchema } from "./schema.js";

const models: Record<string, TypeSchema> = {
  Point: { required: { x: "number", y: "number" }, optional: { label: "string" } },
  Tree: { required: { value: "int64", children: { array: "Tree" } } },
  Json: {
    nullable: {
      kinds: {
        boolean: "boolean",
        number: "number",
        string: "string",
        array: { array: "Json" },
        object: { map: "Json" },
      },
    },
  },
  Priority: { enum: ["low", "high"] },
  Circle: { required: { kind: { enum: ["circle"] }, radius: "number" } },
  Blob: { required: { kind: { enum: ["blob", "file"] }, data: "base64" } },
  Shape: {
    tag: "kind",
    variants: [
      ["Circle", "circle"],
      ["Blob", "blob", "file"],
    ],
    open: true,
  },
};
const codec = new Codec(models);

const bytes = (...values: number[]) => Uint8Array.from(values);

/** Values and their wire forms, by type. */
const pairs: [name: string, type: TypeSchema, value: unknown, wire: unknown][] = [
  ["string", "string", "", ""],
  ["string with a lone surrogate", "string", "\ud800", "\ud800"],
  ["integer", "integer", Number.MIN_SAFE_INTEGER, Number.MIN_SAFE_INTEGER],
  ["number", "number", -0.5, -0.5],
  ["boolean", "boolean", false, false],
  ["null", "null", null, null],
  ["unknown", "unknown", { a: [1, null, "x"] }, { a: [1, null, "x"] }],
  ["int64", "int64", -(2n ** 63n), "-9223372036854775808"],
  ["uint64", "uint64", 2n ** 64n - 1n, "18446744073709551615"],
  ["base64", "base64", bytes(0, 255, 62, 63), "AP8+Pw=="],
  ["base64, empty", "base64", bytes(), ""],
  ["base64url", "base64url", bytes(0, 255, 62, 63), "AP8-Pw"],
  ["date-time", "date-time", "2024-02-29T23:59:59.123456789Z", "2024-02-29T23:59:59.123456789Z"],
  ["date-time, offset", "date-time", "0400-02-29T00:00+05:30", "0400-02-29T00:00+05:30"],
  ["date", "date", "9999-12-31", "9999-12-31"],
  ["time", "time", "12:30:00.5", "12:30:00.5"],
  ["duration", "duration", "P1DT2H3.5S", "P1DT2H3.5S"],
  ["decimal", "decimal", "-12.50", "-12.50"],
  ["uuid", "uuid", "0198C1F2-7b5e-7c3a-9d41-0a6f3c1e2b77", "0198C1F2-7b5e-7c3a-9d41-0a6f3c1e2b77"],
  ["array", { array: "int64" }, [1n, 2n], ["1", "2"]],
  ["nullable", { nullable: "int64" }, null, null],
  ["nullable with a value", { nullable: "int64" }, 1n, "1"],
  ["tuple", { tuple: ["string", "int64"] }, ["a", 1n], ["a", "1"]],
  ["empty tuple", { tuple: [] }, [], []],
  ["tuple with rest", { tuple: ["string"], rest: "int64" }, ["a", 1n, 2n], ["a", "1", "2"]],
  ["map", { map: "int64" }, { a: 1n, "1": 2n }, { a: "1", "1": "2" }],
  ["map with enum keys", { map: "int64", keys: { enum: ["low"] } }, { low: 1n }, { low: "1" }],
  ["object", "Point", { x: 1, y: 2 }, { x: 1, y: 2 }],
  ["object with what is not known", "Point", { x: 1, y: 2, z: 3 }, { x: 1, y: 2, z: 3 }],
  ["empty object", {}, {}, {}],
  [
    "object with rest",
    { required: { id: "string" }, rest: "int64" },
    { id: "a", b: 1n },
    { id: "a", b: "1" },
  ],
  [
    "recursive object",
    "Tree",
    { value: 1n, children: [{ value: 2n, children: [] }] },
    { value: "1", children: [{ value: "2", children: [] }] },
  ],
  ["recursive alias", "Json", [null, { a: [true, "x", 1.5] }], [null, { a: [true, "x", 1.5] }]],
  ["enum", { enum: [1, "1", true] }, true, true],
  ["union by JSON type, text", { kinds: { string: "int64", number: "integer" } }, 1n, "1"],
  ["union by JSON type, number", { kinds: { string: "int64", number: "integer" } }, 1, 1],
  ["union with bytes", { kinds: { string: "base64", array: { array: "null" } } }, bytes(1), "AQ=="],
  ["tagged union", "Shape", { kind: "circle", radius: 1 }, { kind: "circle", radius: 1 }],
  ["second tag", "Shape", { kind: "file", data: bytes(1) }, { kind: "file", data: "AQ==" }],
  [
    "unknown variant",
    "Shape",
    { kind: undefined, unknown: { kind: "oval", a: 1 } },
    { kind: "oval", a: 1 },
  ],
  [
    "unknown variant of a tag with its own name",
    { tag: "unknown", variants: [["Point", 1]], open: true },
    { unknown: undefined, unknown_: { unknown: 2 } },
    { unknown: 2 },
  ],
  ["ambiguous union, first", { anyOf: ["Point", "Tree"] }, { x: 1, y: 2 }, { x: 1, y: 2 }],
  [
    "ambiguous union, second",
    { anyOf: ["Point", "Tree"] },
    { value: 1n, children: [] },
    { value: "1", children: [] },
  ],
];

describe("a value and its wire form", () => {
  test.each(pairs)("%s", (_name, type, value, wire) => {
    expect(codec.encode(type, value)).toEqual(wire);
    expect(codec.decode(type, wire)).toStrictEqual(value);
  });
});

/** Values that are wrong in both directions, unless noted. */
const wrong: [type: TypeSchema, value: unknown, message: string][] = [
  ["string", 1, "expected string, received 1"],
  ["string", undefined, "expected string, received undefined"],
  ["boolean", "true", "expected boolean, received string"],
  ["null", 0, "expected null, received 0"],
  ["integer", 1.5, "expected safe integer, received 1.5"],
  ["integer", 2 ** 53, "expected safe integer, received 9007199254740992"],
  ["integer", true, "expected safe integer, received boolean"],
  ["number", Number.NaN, "expected number, received NaN"],
  ["number", "1", "expected number, received string"],
  ["date", "2023-02-29", "expected date"],
  ["date", "2023-13-01", "expected date"],
  ["date", 1, "expected date, received 1"],
  ["date-time", "2024-01-01T00:00:00", "expected date-time"],
  ["date-time", "2024-01-01T24:00:00Z", "expected date-time"],
  ["date-time", "2024-06-30T23:59:60Z", "expected date-time"],
  ["date-time", "2024-06-31T00:00:00Z", "expected date-time"],
  ["date-time", "2024-01-01 00:00:00Z", "expected date-time"],
  ["date-time", "0000-01-01T00:00:00Z", "expected date-time"],
  ["date-time", "2024-01-01T00:00:00Z\n", "expected date-time"],
  ["time", "25:00:00", "expected time"],
  ["duration", "P", "expected duration"],
  ["duration", "-P1D", "expected duration"],
  ["duration", "P1DT", "expected duration"],
  ["decimal", "1e5", "expected decimal"],
  ["decimal", "NaN", "expected decimal"],
  ["uuid", "0198c1f2", "expected uuid"],
  [{ array: "string" }, {}, "expected array, received object"],
  [{ array: "string" }, null, "expected array, received null"],
  [{ tuple: ["string"] }, [], "expected 1 items, received 0"],
  [{ tuple: ["string"] }, ["a", "b"], "expected 1 items, received 2"],
  [{ tuple: ["string"], rest: "string" }, [], "expected at least 1 items, received 0"],
  [{ map: "string" }, [], "expected object, received array"],
  [
    { map: "string", keys: "Priority" },
    { mid: "x" },
    'mid: the key is unknown: expected one of "low", "high"',
  ],
  ["Point", { x: 1 }, "y: is required"],
  ["Point", { x: 1, y: 2, label: null }, "label: expected string, received null"],
  [
    { required: { id: "string" }, rest: "string" },
    { id: "a", b: 1 },
    "b: expected string, received 1",
  ],
  [{ enum: ["a", 1] }, "1", 'expected one of "a", 1'],
  [{ kinds: { string: "string", object: "Point" } }, 1, "expected string or object, received 1"],
  ["Shape", { kind: "circle" }, "radius: is required"],
  ["Shape", { radius: 1 }, 'kind: expected one of "circle", "blob", "file"'],
  ["Shape", { kind: 1 }, 'kind: expected one of "circle", "blob", "file"'],
  ["Shape", { kind: null, unknown: {} }, 'kind: expected one of "circle", "blob", "file"'],
  [{ anyOf: ["Point", "string"] }, 1, "matches no type of the union"],
  [
    "Json",
    [{ a: [1, undefined] }],
    "0.a.1: expected boolean or number or string or array or object",
  ],
];

describe("an invalid value is reported", () => {
  test.each(wrong)("%j: %j", (type, value, message) => {
    for (const run of [codec.encode.bind(codec), codec.decode.bind(codec)]) {
      expect(() => run(type, value)).toThrow(message);
    }
  });

  test.each([
    ["int64", "9223372036854775808"],
    ["int64", ""],
    ["int64", " 1"],
    ["int64", "01"],
    ["int64", "0x10"],
    ["int64", 1],
    ["uint64", "-1"],
    ["base64", "AP8-Pw=="],
    ["base64", "AP8"],
    ["base64", "AP8=Pw=="],
    ["base64url", "AP8+Pw"],
    ["base64url", "A"],
    ["Shape", { kind: undefined, unknown: { kind: "oval" } }],
  ])("%s from the wire: %j", (type, wire) => {
    expect(() => codec.decode(type, wire)).toThrow(/expected/);
  });

  test.each<[TypeSchema, unknown]>([
    ["int64", 2n ** 63n],
    ["int64", 1],
    ["int64", "1"],
    ["uint64", -1n],
    ["base64", "AQ=="],
    ["base64", [1]],
    ["date", new Date(0)],
    ["Shape", { kind: "oval" }],
    ["Shape", { unknown: "x" }],
    ["Shape", { unknown: { kind: "oval", a: Number.NaN } }],
    ["unknown", { a: [Number.POSITIVE_INFINITY] }],
    ["unknown", [1n]],
    ["unknown", { a: () => 1 }],
  ])("%j of a caller: %s", (type, value) => {
    expect(() => codec.encode(type, value)).toThrow(/expected/);
  });

  it("has a code and every issue with its path", () => {
    const list: TypeSchema = { array: { required: { at: "Point", tags: { map: "string" } } } };
    const value = [{ at: { x: "1" }, tags: {} }, { at: { x: 1, y: 1 }, tags: { "": 2 } }, 3];
    const issues = [
      { path: [0, "at", "x"], message: "expected number, received string" },
      { path: [0, "at", "y"], message: "is required" },
      { path: [1, "tags", ""], message: "expected string, received 2" },
      { path: [2], message: "expected object, received 3" },
    ];
    expect(failure(() => codec.decode(list, value))).toMatchObject({
      code: 502,
      message: "0.at.x: expected number, received string (and 3 more)",
      details: { issues },
    });
    expect(failure(() => codec.encode(list, value))).toMatchObject({
      code: 400,
      details: { issues },
    });
  });

  it("lists the first 20 issues and counts the others", () => {
    const error = failure(() => codec.decode({ array: "integer" }, Array(500).fill("x")));
    expect(error.message).toBe("0: expected safe integer, received string (and 499 more)");
    expect((error.details as { issues: unknown[] }).issues).toHaveLength(20);
  });

  it("tries the types of a recursive union once for each object", () => {
    const union = new Codec({
      Node: { anyOf: ["A", "B", "string"] },
      A: { required: { left: "Node" } },
      B: { required: { left: "Node" }, optional: { right: "string" } },
    });
    const nested = (leaf: unknown): unknown =>
      Array.from({ length: 60 }).reduce((left) => ({ left }), leaf);
    expect(union.encode("Node", nested("x"))).toEqual(nested("x"));
    const error = failure(() => union.decode("Node", nested(5)));
    expect(error.message).toBe("matches no type of the union");
  });

  it("refuses values that contain themselves or are nested too deeply", () => {
    const ring: { a: unknown } = { a: undefined };
    ring.a = ring;
    expect(failure(() => codec.encode("unknown", ring)).code).toBe(400);
    expect(failure(() => codec.encode("Json", ring)).code).toBe(400);
    const deep = JSON.parse("[".repeat(100_000) + "]".repeat(100_000)) as unknown;
    expect(failure(() => codec.decode("Json", deep)).message).toContain("nested too deeply");
  });
});

describe("the value passed in", () => {
  it("is returned itself if nothing in it is converted", () => {
    const value = { x: 1, y: 2, extra: {} };
    expect(codec.decode("Point", value)).toBe(value);
    expect(codec.encode("Point", value)).toBe(value);
    const parts = { a: [{ x: 1, y: 2 }], b: "1" };
    const type: TypeSchema = { required: { a: { array: "Point" }, b: "int64" } };
    expect((codec.decode(type, parts) as typeof parts).a).toBe(parts.a);
  });

  it("is never changed", () => {
    const wire = deepFreeze({ value: "1", children: [{ value: "2", children: [] }] });
    const value = codec.decode("Tree", wire);
    expect(codec.encode("Tree", deepFreeze(value))).toEqual(wire);
  });

  it("may have undefined in optional fields", () => {
    expect(JSON.stringify(codec.encode("Point", { x: 1, y: 2, label: undefined }))).toBe(
      '{"x":1,"y":2}',
    );
    expect(JSON.stringify(codec.encode({ map: "int64" }, { a: undefined, b: 1n }))).toBe(
      '{"b":"1"}',
    );
  });

  it("may have toJSON where anything is allowed", () => {
    expect(JSON.stringify(codec.encode("unknown", [new Date(0)]))).toBe(
      '["1970-01-01T00:00:00.000Z"]',
    );
  });

  it("may be many bytes, of another realm", () => {
    const many = new Uint8Array(100_001).map((_, index) => index);
    const foreign = Object.defineProperty(new Uint8ClampedArray([1]), Symbol.toStringTag, {
      value: "Uint8Array",
    });
    expect(codec.encode("base64", foreign)).toBe("AQ==");
    expect(codec.decode("base64", codec.encode("base64", many))).toEqual(many);
  });
});

describe("names of Object.prototype", () => {
  const hostile: TypeSchema = {
    required: { ["__proto__"]: "int64", constructor: "int64" },
    optional: { toString: "int64" },
  };

  it("are ordinary fields", () => {
    const wire = JSON.parse('{"__proto__":"1","constructor":"2"}') as object;
    const value = codec.decode(hostile, wire) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value)).toEqual([
      ["__proto__", 1n],
      ["constructor", 2n],
    ]);
    expect(JSON.stringify(codec.encode(hostile, value))).toBe(JSON.stringify(wire));
  });

  it("are reported if they are missing", () => {
    expect(failure(() => codec.decode(hostile, {})).details).toEqual({
      issues: [
        { path: ["__proto__"], message: "is required" },
        { path: ["constructor"], message: "is required" },
      ],
    });
  });

  it("are ordinary map keys and tags", () => {
    const wire = JSON.parse('{"__proto__":"1"}') as object;
    expect(Object.entries(codec.decode({ map: "int64" }, wire) as object)).toEqual([
      ["__proto__", 1n],
    ]);
    const tagged: TypeSchema = { tag: "__proto__", variants: [["Point", "a"]], open: true };
    const value = codec.decode(tagged, JSON.parse('{"__proto__":"b"}')) as object;
    expect(Object.hasOwn(value, "__proto__")).toBe(true);
    expect(JSON.stringify(codec.encode(tagged, value))).toBe('{"__proto__":"b"}');
  });
});

it("also reads base64url with padding", () => {
  for (const text of ["AP8-Pw==", "AP8-Pw="]) {
    expect(codec.decode("base64url", text)).toEqual(bytes(0, 255, 62, 63));
  }
});

it("knows which types are converted", () => {
  const converting = ["int64", "Tree", "Shape", { array: { nullable: "base64" } }];
  const plain = ["string", "Point", "Json", "Circle", { map: "date-time" }];
  expect(converting.filter((type) => !codec.converts(type))).toEqual([]);
  expect(plain.filter((type) => codec.converts(type))).toEqual([]);
});

function failure(work: () => unknown): RPCError {
  try {
    work();
  } catch (error) {
    if (error instanceof RPCError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
