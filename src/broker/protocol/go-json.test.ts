import { describe, expect, it, vi } from "vitest";
import {
  decodeBase64,
  flag,
  int32,
  json,
  list,
  map,
  optional,
  raw,
  readFirst,
  readJson,
  struct,
  text,
  uint64,
  type Field,
} from "./go-json.js";
import { encodeJson, RawJson } from "./raw-json.js";

const inner = struct({ n: int32, t: text });
const field = struct({
  t: text,
  on: flag,
  n: int32,
  big: uint64,
  inner: optional(inner),
  names: list(text),
  by: map(inner),
  any: json,
  raw,
});
const zero = { t: "", on: false, n: 0, big: 0, names: [], by: new Map(), any: undefined };

describe("readJson", () => {
  it.each([
    ["{}", {}],
    ["null", {}],
    [' { "t" : "a\\u00e9}" , "on":true,\n"n":-5 } ', { t: "aé}", on: true, n: -5 }],
    ['{"T":"a","ON":true}', { t: "a", on: true }],
    ['{"t":"a","t":null}', { t: "a" }],
    ['{"t":"a","t":"b"}', { t: "b" }],
    ['{"x":[1,{"t":"}]\\","}],"t":"a"}', { t: "a" }],
    ['{"__proto__":{"t":"a"},"constructor":1}', {}],
    ['{"inner":{}}', { inner: { n: 0, t: "" } }],
    ['{"inner":{"n":1},"inner":{"t":"a"}}', { inner: { n: 1, t: "a" } }],
    ['{"inner":{"n":1},"inner":null}', { inner: undefined }],
    ['{"names":["a", null ,"b"]}', { names: ["a", "", "b"] }],
    [
      '{"by":{"a":{"n":1}},"by":{"b":null}}',
      {
        by: new Map([
          ["a", { n: 1, t: "" }],
          ["b", { n: 0, t: "" }],
        ]),
      },
    ],
    ['{"big":18446744073709551615,"n":-2147483648}', { big: 2 ** 64, n: -(2 ** 31) }],
    ['{"n":-0}', { n: 0 }],
    ['{"any":{"a":[1.50,null]}}', { any: { a: [1.5, null] } }],
    ['{"raw": {"a" : 1.50} }', { raw: new RawJson('{"a" : 1.50}') }],
    ['{"raw":null}', { raw: new RawJson("null") }],
    ['{"raw":{\n"b":"\\n"\n}}', { raw: new RawJson('{"b":"\\n"}') }],
  ])("reads %s", (document, expected) => {
    expect(readJson(field, document)).toEqual({ ...zero, ...expected });
  });

  it.each([
    "",
    "1",
    "[]",
    "{",
    "{}}",
    "{} {}",
    "\u00a0{}",
    '{"t":1}',
    '{"t":{}}',
    '{"on":"true"}',
    '{"on":0}',
    '{"n":1.0}',
    '{"n":1e1}',
    '{"n":"1"}',
    '{"n":01}',
    '{"n":+1}',
    '{"n":2147483648}',
    '{"big":-1}',
    '{"big":-0}',
    '{"big":18446744073709551616}',
    `{"big":${"1".repeat(100)}}`,
    '{"inner":[]}',
    '{"names":"a"}',
    '{"names":[1]}',
    '{"by":{"a":1}}',
    '{"t":"a",}',
    '{,"t":"a"}',
    '{"t" "a"}',
    '{"t":"a" "n":1}',
    "{t:1}",
    '{1:"t"}',
    '{"x":[}',
    '{"x":[1,]}',
    '{"x":{]}',
    '{"x":nul}',
    '{"any":NaN}',
    "{\"raw\":'a'}",
    '{"t":"\n"}',
    '{"t":"\\x"}',
    '{"t":"a}',
  ])("refuses %s", (document) => {
    expect(() => readJson(field, document)).toThrow(Error);
  });

  it("reads what JSON.parse reads", () => {
    const value = { t: "a{", any: [{ 'x"': [[], {}] }, -1.5e-3, "\\", true, null] };
    expect(readJson(field, JSON.stringify(value, null, 2))).toEqual({ ...zero, ...value });
  });

  it("copies each character of nested values at most once", () => {
    const nested: Field<object> = struct({
      in: { zero: {}, read: (input, before: object) => nested.read(input, before) },
      raw,
    });
    const document = `${'{"raw":1,"in":'.repeat(100)}{}${"}".repeat(100)}`;
    const slice = vi.spyOn(String.prototype, "slice");
    readJson(nested, document);
    const copied = slice.mock.results.reduce((sum, { value }) => sum + String(value).length, 0);
    slice.mockRestore();
    expect(copied).toBeLessThanOrEqual(document.length);
  });
});

describe("readFirst", () => {
  it.each(['{"t":"a"}', '{"t":"a"}{"t":"b"}', ' {"t":"a"}} garbage', '{"t":"a"} "'])(
    "reads the first value of %s",
    (line) => expect(readFirst(field, line)).toEqual({ ...zero, t: "a" }),
  );
});

describe("decodeBase64", () => {
  it.each(["eyJhIjoxfQ==", "eyJh\nIjoxfQ=="])("reads %j", (base64) => {
    expect(decodeBase64(base64)).toBe('{"a":1}');
  });

  it.each(["eyJhIjoxfQ", "eyJhIjoxfQ=", "e_J=", "=", "MQ==="])("refuses %s", (base64) => {
    expect(decodeBase64(base64)).toBeUndefined();
  });
});

describe("encodeJson", () => {
  it("prints what JSON.stringify prints", () => {
    const value = { a: [1, "x\n", null, true, {}], b: undefined, 'c"': { d: [] } };
    expect(encodeJson(value)).toBe(JSON.stringify(value));
  });

  it("prints raw JSON as it is", () => {
    const long = new RawJson("12345678901234567890");
    expect(encodeJson({ a: long, b: [long] })).toBe(
      '{"a":12345678901234567890,"b":[12345678901234567890]}',
    );
  });
});
