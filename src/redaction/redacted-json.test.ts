import { anything, assert, integer, jsonValue, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { FieldNames } from "./field-names.js";
import { redactedJson, MIN_VALUE_BYTES } from "./redacted-json.js";

const names = new FieldNames();
const text = (value: unknown, maxBytes = 8192) => redactedJson(value, { maxBytes, names });
const shown = (value: unknown, maxBytes?: number): unknown =>
  JSON.parse(text(value, maxBytes) ?? "");

describe("a value in the call log", () => {
  it("is its JSON when there is nothing to hide or to cut", () => {
    assert(
      property(jsonValue(), (value) => {
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        expect(shown(json, 1_000_000)).toEqual(storable(json));
      }),
    );
  });

  it("has no more bytes than allowed and stays JSON, whatever it is", () => {
    const values = anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSparseArray: true,
      withTypedArray: true,
      withUnicodeString: true,
      maxDepth: 4,
    });
    assert(
      property(values, integer({ min: MIN_VALUE_BYTES, max: 400 }), (value, room) => {
        const written = text(value, room);
        if (value === undefined) return;
        expect(() => JSON.parse(written ?? "")).not.toThrow(SyntaxError);
        expect(Buffer.byteLength(written ?? "")).toBeLessThanOrEqual(room);
      }),
      { numRuns: 500 },
    );
  });

  it("shows no secret field, at any depth", () => {
    expect(
      shown({
        user_id: "42",
        password: "hunter2",
        list: [{ apiKey: "k", n: 1 }, [{ "x-auth-token": { nested: true } }]],
        credentials: ["a", "b"],
        token: null,
      }),
    ).toEqual({
      user_id: "42",
      password: "[redacted]",
      list: [{ apiKey: "[redacted]", n: 1 }, [{ "x-auth-token": "[redacted]" }]],
      credentials: "[redacted]",
      token: "[redacted]",
    });
  });

  it("shows no secret in pairs of a name and a value", () => {
    const value = {
      env: [
        { name: "DB_PASSWORD", value: "hunter2", required: true },
        { name: "DB_HOST", value: "db" },
      ],
      headers: [
        ["Authorization", "Bearer hunter2"],
        ["Accept", "text/html"],
      ],
      tags: [{ Key: "api-key", Value: { text: "hunter2" } }],
      patch: { op: "replace", path: "/user/password", value: "hunter2" },
      change: { field: "pin", oldValue: 1, new_value: 2 },
      columns: ["password", "email"],
    };
    const hidden = "[redacted]";
    expect(shown(value)).toEqual({
      env: [
        { name: "DB_PASSWORD", value: hidden, required: true },
        { name: "DB_HOST", value: "db" },
      ],
      headers: [
        ["Authorization", hidden],
        ["Accept", "text/html"],
      ],
      tags: [{ Key: "api-key", Value: hidden }],
      patch: { op: "replace", path: "/user/password", value: hidden },
      change: { field: "pin", oldValue: hidden, new_value: hidden },
      columns: ["password", "email"],
    });
  });

  it("shows no secret field, whatever is cut", () => {
    const sizes = integer({ min: MIN_VALUE_BYTES, max: 2000 });
    assert(
      property(jsonValue(), sizes, integer({ min: 0, max: 3000 }), (value, room, length) => {
        const secret = { password: "hunter2", "api-key": ["hunter2", { deep: "hunter2" }] };
        const list = [secret, value, "x".repeat(length), { ...secret, value }];
        expect(text({ list, token: `hunter2${"x".repeat(length)}` }, room)).not.toContain(
          "hunter2",
        );
      }),
    );
  });

  it("leaves room for the fields after a large one", () => {
    const value = shown({ file: "x".repeat(100_000), user_id: "42" }, 256) as {
      file: string;
      user_id: string;
    };
    expect(value.user_id).toBe("42");
    expect(value.file).toMatch(/^x{50,}\[truncated\]$/);
  });

  it("says how many elements and fields were left out", () => {
    const list = shown(
      Array.from({ length: 1000 }, (_, index) => index),
      200,
    ) as unknown[];
    expect(list.slice(0, 3)).toEqual([0, 1, 2]);
    expect(list.at(-1)).toBe(`${1000 - (list.length - 1)} more`);

    const object = Object.fromEntries(list.map((_, index) => [`field_${index}`, "some text"]));
    const cut = shown(object, 200) as Record<string, string>;
    const kept = Object.keys(cut).length - 1;
    expect(cut["[truncated]"]).toBe(`${list.length - kept} more`);
  });

  it("is cut in the time of its limit, not of its size", () => {
    const huge = "\u0001".repeat(10_000_000);
    const start = performance.now();
    for (let round = 0; round < 50; round++) text({ huge, list: [huge] });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it("has marks for what is circular, too deep, binary, or cannot be read", () => {
    const circle: Record<string, unknown> = { name: "a" };
    circle["self"] = circle;
    expect(shown(circle)).toEqual({ name: "a", self: "[circular]" });

    let deep: unknown = 1;
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(text(deep)).toContain("[too deep]");

    expect(shown({ data: Buffer.from("secret"), n: 10n, d: new Date(0) })).toEqual({
      data: "[6 bytes]",
      n: "10",
      d: "1970-01-01T00:00:00.000Z",
    });
    const hostile = { toJSON: () => raise() };
    expect(shown({ hostile })).toBe("[unreadable]");
    expect(shown(Object.defineProperty({}, "x", { enumerable: true, get: raise }))).toBe(
      "[unreadable]",
    );
  });

  it("keeps the names and values that JSON keeps", () => {
    const value = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"":2}') as unknown;
    expect(text(value)).toBe('{"__proto__":{"admin":true},"constructor":1,"":2}');
    expect(shown({ a: undefined, b: () => 1, c: Symbol("x"), d: Number.NaN, e: -0 })).toEqual({
      d: null,
      e: 0,
    });
    expect(shown([undefined, () => 1])).toEqual([null, null]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it("has neither NUL nor lone surrogates, which PostgreSQL refuses", () => {
    expect(text({ "a\0": "b\0c", half: "\uD83D", whole: "\u{1F600}" })).toBe(
      '{"a\uFFFD":"b\uFFFDc","half":"\uFFFD","whole":"\u{1F600}"}',
    );
  });

  it("is null without a value", () => {
    expect(text(undefined)).toBeNull();
    expect(text(null)).toBe("null");
  });
});

/** What PostgreSQL's JSON takes. */
function storable(value: unknown): unknown {
  if (typeof value === "string") return Buffer.from(value.replaceAll("\0", "\uFFFD")).toString();
  if (Array.isArray(value)) return value.map(storable);
  if (typeof value !== "object" || value === null) return value;
  const isSecret = names.secretFields(value as Record<string, unknown>);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      storable(name),
      isSecret(name) ? "[redacted]" : storable(field),
    ]),
  );
}

function raise(): never {
  throw new Error("no");
}
