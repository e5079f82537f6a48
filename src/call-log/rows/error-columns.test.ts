import { FieldNames, SensitiveParts } from "../../redaction/index.js";
import { describe, expect, it } from "vitest";
import { errorColumns, type LoggedError } from "./error-columns.js";

const options = { maxBytes: 256, names: new FieldNames() };

function columns(error: LoggedError, schemas: { params?: object; details?: object } = {}) {
  const parts = {
    params: SensitiveParts.of(schemas.params as never),
    details: SensitiveParts.of(schemas.details as never),
  };
  const { error_details, ...rest } = errorColumns(error, parts, options);
  return {
    ...rest,
    details: error_details === null ? null : (JSON.parse(error_details) as unknown),
  };
}

describe("the columns of an error", () => {
  it("hold its code, its message and its details, which are redacted", () => {
    expect(columns({ code: 1001, message: "quota", details: { limit: 10, token: "t" } })).toEqual({
      error_code: 1001,
      error_message: "quota",
      details: { limit: 10, token: "[redacted]" },
    });
    expect(columns({ code: 500, message: "internal" }).details).toBeNull();
  });

  it("hide what the error's own schema marks", () => {
    const details = { properties: { account: { sensitive: true } } };
    expect(
      columns({ code: 1001, message: "m", details: { account: "7" } }, { details }).details,
    ).toEqual({ account: "[redacted]" });
  });

  it("hide what invalid params say of a secret field, because they may quote it", () => {
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

  it("hide what invalid params say of a part that the schema marks", () => {
    const params = {
      properties: { people: { items: { properties: { born: { sensitive: true } } } } },
    };
    const issues = [{ path: ["people", 0, "born"], message: 'was "1990"' }];
    const error = { code: 400, message: 'was "1990"', details: { issues } };
    expect(JSON.stringify(columns(error, { params }))).not.toContain("1990");
    expect(JSON.stringify(columns(error))).toContain("1990");
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

  it("have a message of limited length that PostgreSQL takes", () => {
    const { error_message } = columns({ code: 500, message: `\0${"x".repeat(1000)}` });
    expect(error_message).toHaveLength(256);
    expect(error_message).toMatch(/^\uFFFDx+…$/);
  });
});
