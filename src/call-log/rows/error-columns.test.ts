import { FieldNames, Secrets, SensitiveParts } from "../../redaction/index.js";
import { describe, expect, it } from "vitest";
import { errorColumns, type LoggedError } from "./error-columns.js";

const names = new FieldNames();

function columns(
  error: LoggedError,
  {
    params,
    schemas = {},
  }: { params?: unknown; schemas?: { params?: object; details?: object } } = {},
) {
  const secrets = new Secrets(params, { names, parts: SensitiveParts.of(schemas.params as never) });
  const parts = SensitiveParts.of(schemas.details as never);
  const { error_details, ...rest } = errorColumns(error, secrets, { maxBytes: 256, names, parts });
  return {
    ...rest,
    details: error_details === null ? null : (JSON.parse(error_details) as unknown),
  };
}

describe("the columns of an error", () => {
  it("contain its code, its message and its redacted details", () => {
    expect(columns({ code: 1001, message: "quota", details: { limit: 10, token: "t" } })).toEqual({
      error_code: 1001,
      error_message: "quota",
      details: { limit: 10, token: "[redacted]" },
    });
    expect(columns({ code: 500, message: "internal" }).details).toBeNull();
  });

  it("hide what the schema of the details marks as sensitive", () => {
    const details = { properties: { account: { sensitive: true } } };
    expect(
      columns({ code: 1001, message: "m", details: { account: "7" } }, { schemas: { details } })
        .details,
    ).toEqual({ account: "[redacted]" });
  });

  it("hide the messages of issues about a secret field, which may quote it", () => {
    const issues = [
      { path: ["password"], message: 'must be 8 characters (was "hunter2")' },
      { path: ["age"], message: "must be a number" },
    ];
    expect(
      columns({ code: 400, message: 'm: password: … (was "hunter2")', details: { issues } }),
    ).toEqual({
      error_code: 400,
      error_message: "[redacted]",
      details: {
        issues: [
          { path: ["password"], message: "[redacted]" },
          { path: ["age"], message: "must be a number" },
        ],
      },
    });
  });

  it("hide the messages of issues about a part that the schema marks as sensitive", () => {
    const params = {
      properties: { people: { items: { properties: { born: { sensitive: true } } } } },
    };
    const issues = [{ path: ["people", 0, "born"], message: 'was "1990"' }];
    const error = { code: 400, message: 'was "1990"', details: { issues } };
    expect(JSON.stringify(columns(error, { schemas: { params } }))).not.toContain("1990");
    expect(JSON.stringify(columns(error))).toContain("1990");
  });

  it.each([
    ["an object", 'must be valid (was {"name":"a","password":"hunter2"})'],
    ["another field", "repeat hunter2"],
    ["a part of it", 'got "hunt…"'],
    ["escaped text", String.raw`got {\"password\":\"Hunter2\"}`],
  ])("hide messages that quote a secret in %s", (_what, message) => {
    const params = { name: "a", password: "hunter2" };
    const error = {
      code: 400,
      message: `m: ${message}`,
      details: { issues: [{ path: [], message }] },
    };
    expect(columns(error, { params })).toEqual({
      error_code: 400,
      error_message: "[redacted]",
      details: { issues: [{ path: [], message: "[redacted]" }] },
    });
    const own = { code: 1001, message, details: { reason: message, limit: 10 } };
    expect(columns(own, { params })).toEqual({
      error_code: 1001,
      error_message: "[redacted]",
      details: { reason: "[redacted]", limit: 10 },
    });
  });

  it("hide messages that quote the value in a pair of a name and a value", () => {
    const params = [
      { headers: [["x-api-key", "hunter2"]] },
      { env: [{ name: "PASSWORD", value: { deep: ["hunter2"] } }] },
    ];
    for (const each of params) {
      const error = { code: 400, message: `was ${JSON.stringify(each)}` };
      expect(columns(error, { params: each }).error_message).toBe("[redacted]");
    }
  });

  it("hide all messages when there are too many secrets to look for", () => {
    const circle: Record<string, unknown> = {};
    circle["circle"] = circle;
    const many = { tokens: Array.from({ length: 5000 }, (_, index) => 1000 + index) };
    for (const params of [circle, many]) {
      expect(columns({ code: 400, message: "wrong" }, { params }).error_message).toBe("[redacted]");
    }
  });

  it("show messages about objects with secrets that do not quote them", () => {
    const params = { name: "a", password: "hunter2", token: null, pin: "" };
    const issues = [{ path: [], message: 'Unrecognized key: "nmae"' }];
    const error = { code: 400, message: 'm: Unrecognized key: "nmae"', details: { issues } };
    expect(columns(error, { params })).toEqual({
      error_code: 400,
      error_message: 'm: Unrecognized key: "nmae"',
      details: { issues },
    });
  });

  it("show other issues as they are", () => {
    const issues = [{ path: [], message: "must be an object" }];
    expect(columns({ code: 400, message: "m", details: { issues } })).toEqual({
      error_code: 400,
      error_message: "m",
      details: { issues },
    });
    const odd = { issues: [null, { path: "x" }] };
    expect(columns({ code: 400, message: "m", details: odd }).details).toEqual(odd);
  });

  it("contain a message of limited length that PostgreSQL accepts", () => {
    const { error_message } = columns({ code: 500, message: `\0${"x".repeat(1000)}` });
    expect(error_message).toHaveLength(256);
    expect(error_message).toMatch(/^\uFFFDx+…$/);
  });
});
