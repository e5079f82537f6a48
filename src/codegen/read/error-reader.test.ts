import { describe, expect, test } from "vitest";
import type { ContractErrorType } from "../../protocol/index.js";
import { named, namesOf, object, problems, readMethods } from "../testing/read.js";

const text = { type: "string" };

function declare(...errors: ContractErrorType[][]) {
  return readMethods(...errors.map((list, index) => ({ name: `m${index}`, errors: list })));
}

test("the errors of all methods, each once and sorted by name", () => {
  const notFound = { name: "NotFound", code: 1001, details: object({ id: text }) };
  const busy = { name: "Busy", code: 1002, description: "Try later." };
  const api = declare([notFound, busy], [notFound, notFound]);
  expect(api.errors).toEqual([
    {
      name: "Busy",
      code: 1002,
      description: "Try later.",
      details: undefined,
      origin: { method: "m0", path: "errors.Busy" },
    },
    {
      name: "NotFound",
      code: 1001,
      description: undefined,
      details: { kind: "model", model: "NotFoundDetails" },
      origin: { method: "m0", path: "errors.NotFound" },
    },
  ]);
  expect(api.methods.map((method) => method.errors)).toEqual([["Busy", "NotFound"], ["NotFound"]]);
});

test("details are read as results are, with names that begin with the error's", () => {
  const details = object({ state: { enum: ["a", "b"] }, at: object({ x: text }) });
  const api = declare(
    [{ name: "Conflict", code: 1500, details }],
    [{ name: "Conflict", code: 1500, details }],
  );
  expect(namesOf(api)).toEqual(["ConflictDetails", "ConflictDetailsAt", "ConflictDetailsState"]);
  expect(named(api, "ConflictDetailsState")).toMatchObject({ open: true, output: true });
});

test("details can be of any type, and have the author's name", () => {
  const api = declare([
    { name: "A", code: 1001, details: { type: "array", items: text } },
    { name: "B", code: 1002, details: object({}, { id: "Why" }) },
  ]);
  expect(api.errors.map((error) => error.details)).toEqual([
    { kind: "array", items: { kind: "string" } },
    { kind: "model", model: "Why" },
  ]);
});

describe("refused are", () => {
  test.each<[string, ContractErrorType[][]]>([
    [
      'm1 errors.A: the error A has a different code at "m0" errors.A',
      [[{ name: "A", code: 1001 }], [{ name: "A", code: 1002 }]],
    ],
    [
      'm1 errors.A: the error A has different details at "m0" errors.A',
      [[{ name: "A", code: 1001 }], [{ name: "A", code: 1001, details: text }]],
    ],
    [
      'm1 errors.A.details: the model ADetails differs from the one at "m0" errors.A.details',
      [
        [{ name: "A", code: 1001, details: object({ a: text }) }],
        [{ name: "A", code: 1001, details: object({ b: text }) }],
      ],
    ],
    [
      'm0 errors.B: the code 1001 is also used by A at "m0" errors.A',
      [
        [
          { name: "A", code: 1001 },
          { name: "B", code: 1001 },
        ],
      ],
    ],
    [
      "m0 errors.A: the code 404 is outside the range for applications",
      [[{ name: "A", code: 404 }]],
    ],
    [
      "m0 errors.A: the code 2000 is outside the range for applications",
      [[{ name: "A", code: 2000 }]],
    ],
    [
      "m0 errors.A: the code 1000.5 is outside the range for applications",
      [[{ name: "A", code: 1000.5 }]],
    ],
    [
      "m0 errors.not_found: the error name is not a valid type name",
      [[{ name: "not_found", code: 1001 }]],
    ],
    [
      'm0 errors.A.details: the model A has the same name as the error at "m0" errors.A',
      [[{ name: "A", code: 1001, details: object({}, { id: "A" }) }]],
    ],
  ])("%s", (problem, errors) => {
    expect(problems(() => declare(...errors))).toContain(problem);
  });
});

test("a derived model gives way to an error of its name", () => {
  const api = readMethods({
    name: "a",
    result: object({ x: object({}) }),
    errors: [{ name: "AResultX", code: 1001 }],
  });
  expect(namesOf(api)).toEqual(["AResult", expect.stringMatching(/^AResultX_[0-9a-f]{4}$/)]);
});
