import { expect, test } from "vitest";
import type { ApiModel, ObjectModel } from "./api-model.js";
import { ContractError } from "./contract-error.js";
import {
  hash4,
  distinctIdentifiers,
  fieldIdentifiers,
  methodIdentifiers,
  modelIdentifiers,
} from "./identifiers.js";
import { snakeCase, wordsOrCodePoints } from "./words.js";

const snake = (name: string) => snakeCase(wordsOrCodePoints(name), "field_");
const origin = { method: "a", path: "" };

function object(name: string, fields: readonly string[] = []): ObjectModel {
  return {
    kind: "object",
    name,
    explicit: true,
    description: undefined,
    origin,
    input: true,
    output: false,
    rest: undefined,
    fields: fields.map((field) => ({
      name: field,
      description: undefined,
      deprecated: false,
      type: { kind: "string" },
      required: true,
      default: undefined,
    })),
  };
}

function api(methods: readonly string[], models: readonly string[] = []): ApiModel {
  const list = models.map((name) => object(name));
  return {
    methods: methods.map((name) => ({
      name,
      description: undefined,
      deprecated: undefined,
      idempotent: false,
      params: undefined,
      result: undefined,
      errors: [],
    })),
    models: list,
    byName: new Map(list.map((model) => [model.name, model])),
    contract: { hash: "", methods: [] },
    errors: [{ name: "Busy", code: 1001, description: undefined, details: undefined, origin }],
  };
}

test("twins get a hash of their own name, except the one that is spelled like the identifier", () => {
  const names = ["userId", "user_id", "user-id", "other"];
  const expected = {
    userId: `user_id_${hash4("userId")}`,
    user_id: "user_id",
    "user-id": `user_id_${hash4("user-id")}`,
    other: "other",
  };
  expect(Object.fromEntries(distinctIdentifiers(names, snake))).toEqual(expected);
  expect(Object.fromEntries(distinctIdentifiers(names.toReversed(), snake))).toEqual(expected);
});

test("a name that is spelled like the identifier with a hash is told apart as well", () => {
  const spelled = `user_id_${hash4("userId")}`;
  const identifiers = distinctIdentifiers(["userId", "user_id", spelled], snake);
  expect(new Set(identifiers.values()).size).toBe(3);
  expect(identifiers.get(spelled)).toBe(spelled);
});

test("names whose hashes are the same are told apart by a longer one", () => {
  const byHash = new Map<string, string>();
  let twins: string[] | undefined;
  for (let index = 0; twins === undefined; index++) {
    const name = `n${index}`;
    const other = byHash.get(hash4(name));
    if (other !== undefined) twins = [other, name];
    byHash.set(hash4(name), name);
  }
  const identifiers = distinctIdentifiers(twins, () => "x");
  expect(new Set(identifiers.values()).size).toBe(2);
  expect(identifiers.get(twins[0]!)).toMatch(/^x_[0-9a-f]{8}$/);
});

test("fields with a reserved name get an underscore, and are checked again", () => {
  const fields = fieldIdentifiers(object("A", ["class", "class_", "b"]), snake, new Set(["class"]));
  expect(Object.fromEntries(fields)).toEqual({
    class: `class__${hash4("class")}`,
    class_: "class_",
    b: "b",
  });
});

test("models and errors with a reserved name get an underscore", () => {
  const reserved = new Set(["Promise", "Busy"]);
  expect(Object.fromEntries(modelIdentifiers(api([], ["Promise", "Point"]), reserved))).toEqual({
    Promise: "Promise_",
    Point: "Point",
    Busy: "Busy_",
  });
});

test("methods with a reserved name get an underscore, and two of one identifier are refused", () => {
  const reserved = new Set(["connect"]);
  const identify = (...methods: string[]) =>
    methodIdentifiers(api(methods), snake, reserved, "the client");
  expect(identify("connect", "tasks.get").get("connect")).toBe("connect_");
  expect(() => identify("tasks.get", "tasks_get")).toThrow(ContractError);
  expect(() => identify("tasks.get", "tasks_get")).toThrow(
    'the name tasks_get in the client is also used by "tasks.get"',
  );
});
