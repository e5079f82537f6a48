// One table of error codes: what the documents, the Python and Go clients and the Python backend
// have must be that of src/protocol/errors.ts, in both directions.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_CODES, ERROR_TABLE, type ErrorTableRow } from "../src/protocol/index.js";
import { readDocument, root, tableBelow } from "./testing/markdown.js";

type Row = ErrorTableRow & { name: string };

const source = Object.entries<ErrorTableRow>(ERROR_TABLE).map(([name, row]): Row => ({
  name,
  ...row,
}));

const python = readFileSync(join(root, "clients/python/centrifugo_rpc_client/errors.py"), "utf8");
const backend = readFileSync(join(root, "python/centrifugo_rpc/errors.py"), "utf8");
const go = readFileSync(join(root, "clients/go/rpc/errors.go"), "utf8");

describe("the error table", () => {
  it("is in docs/errors.md", () => {
    const rows = tableBelow(readDocument("docs/errors.md"), "The codes").map(
      ([code, name = "", summary = "", retryable]): Row => ({
        name,
        code: Number(code),
        summary,
        retryable: retryable === "yes",
      }),
    );
    expect(rows).toEqual(source);
  });

  it("has an advice for each code in docs/errors.md", () => {
    const [, advice = ""] = readDocument("docs/errors.md").prose.split("## What to do");
    const codes = [...advice.matchAll(/^- \*\*(\d+)\*\*/gm)].map(([, code]) => Number(code));
    // Calling a method that does not exist needs no advice.
    const advised = source.map(({ code }) => code).filter((code) => code !== 404);
    expect(codes).toEqual(advised);
  });

  it("is in the Python client", () => {
    const [, members = ""] =
      /class ErrorCode\(IntEnum\):([^]*?)\nRETRYABLE_CODES/.exec(python) ?? [];
    const [, retryable = ""] = /RETRYABLE_CODES = frozenset\(\{(.*)\}\)/.exec(python) ?? [];
    const rows = [...members.matchAll(/^ {4}(\w+) = (\d+)\n {4}"""(.*)"""$/gm)].map(
      ([, name = "", code, summary = ""]): Row => ({
        name: name.toLowerCase(),
        code: Number(code),
        // Python's adds where the issues are.
        summary: summary.replace(/; ``details\["issues"\]`` has the places\.$/, "."),
        retryable: retryable.includes(`ErrorCode.${name}`),
      }),
    );
    expect(rows).toEqual(source);
  });

  it("is in the Python backend", () => {
    const [, members = ""] = /class ErrorCode\(IntEnum\):([^]*?)\n\n\n/.exec(backend) ?? [];
    const row = /^ {4}(\w+) = \(?\s*(\d+),\s*"(.*)"/gm;
    const rows = [...members.matchAll(row)].map(([, name = "", code, summary = ""]) => ({
      name: name.toLowerCase(),
      code: Number(code),
      summary,
    }));
    expect(rows).toEqual(source.map(({ name, code, summary }) => ({ name, code, summary })));
  });

  it("is in the Go client", () => {
    const codes = new Map(
      [...go.matchAll(/^\t(Code\w+) += (\d+) \/\/ (.*)$/gm)].map(([, name, code, summary]) => [
        name,
        { code: Number(code), summary },
      ]),
    );
    const table = /^\t(Code\w+): +\{"(\w+)", "(.*)", (true|false)\},$/gm;
    const rows = [...go.matchAll(table)].map(
      ([, constant, name = "", summary = "", retryable]): Row => {
        expect(codes.get(constant)?.summary).toBe(summary);
        return {
          name,
          code: codes.get(constant)?.code ?? 0,
          summary,
          retryable: retryable === "true",
        };
      },
    );
    expect(rows).toEqual(source);
    expect(codes.size).toBe(source.length);
  });
});

it("the codes of other errors are in docs/errors.md", () => {
  const rows = tableBelow(readDocument("docs/errors.md"), "Other errors");
  expect(Object.fromEntries(rows)).toEqual(ERROR_CODES);
});
