import { describe, expect, test } from "vitest";
import type { JsonSchema } from "../../protocol/index.js";
import { named, namesOf, object, problems, read, readMethods } from "../testing/read.js";

describe("the names of models", () => {
  test("are the author's id, the key of the definition, or a title that is a type's name", () => {
    const api = read({
      ...(object({
        a: object({}, { id: "task-filter" }),
        b: { $ref: "#/$defs/Point" },
        c: object({}, { title: "Range" }),
        d: object({}, { title: "a caption" }),
        e: { enum: ["x"], title: "Only X" },
        f: object({ g: {} }, { title: "a title that is a whole sentence" }),
      }) as object),
      $defs: { Point: object({}) },
    });
    expect(namesOf(api)).toEqual([
      "AGetParams",
      "AGetParamsACaption",
      "AGetParamsF",
      "AGetParamsOnlyX",
      "Point",
      "Range",
      "TaskFilter",
    ]);
  });

  test("are told apart when two names of an author become one", () => {
    const $defs = { "V<number>": object({ a: {} }), "V<number[]>": object({ b: {} }) };
    const parts = object({
      one: { $ref: "#/$defs/V<number>" },
      many: { $ref: "#/$defs/V<number[]>" },
    });
    expect(namesOf(read({ ...(parts as object), $defs }))).toEqual([
      "AGetParams",
      expect.stringMatching(/^VNumber_[0-9a-f]{4}$/),
      expect.stringMatching(/^VNumber_[0-9a-f]{4}$/),
    ]);
    const plain = object({ v: object({ a: {} }, { id: "VNumber" }), w: parts });
    expect(namesOf(read({ ...(plain as object), $defs }))).toContain("VNumber");
  });

  test("have only their last parts where they would be long", () => {
    const deep = (depth: number): JsonSchema =>
      depth === 0
        ? object({}, { minProperties: 1 })
        : object({ [`quite_long_${depth}`]: deep(depth - 1) });
    const names = namesOf(read(deep(12)));
    expect(names).toHaveLength(13);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(50);
    expect(names).toContain("AGetParamsQuiteLong4QuiteLong3QuiteLong2QuiteLong1");
  });

  test("are one for equal shapes without a name of their author in one schema", () => {
    const point = () => object({ x: { type: "number" }, kind: { const: "point" } });
    const line = () => object({ from: point(), to: point() });
    const api = read(object({ lines: { type: "array", items: line() }, last: line() }), line());
    expect(namesOf(api).filter((name) => !name.endsWith("Kind"))).toEqual([
      "AGetParams",
      "AGetParamsLast",
      "AGetParamsLastTo",
      "AGetResult",
      "AGetResultTo",
    ]);
  });

  test("are one for the variants of a union that differ only in their titles", () => {
    const variants = ["First form", "Second form"].map((title) => object({ x: {} }, { title }));
    const api = read(object({ u: { anyOf: variants } }));
    expect(named(api, "AGetParamsU")).toMatchObject({ kind: "alias", recursive: false });
    expect(api.warnings).toEqual([]);
  });

  test("stay apart where equal shapes have other texts, or one enum is a discriminator", () => {
    const level = (description: string) => object({ a: {} }, { description });
    const kinds = { enum: ["a", "b"] };
    const shapes = ["x", "y"].map((name) =>
      object({ kind: name === "x" ? kinds : { enum: ["c"] }, [name]: {} }),
    );
    const api = read(
      {},
      object({
        min: level("lowest"),
        max: level("highest"),
        shape: { anyOf: shapes },
        kind: kinds,
      }),
    );
    expect(namesOf(api)).toEqual(expect.arrayContaining(["AGetResultMin", "AGetResultMax"]));
    expect(named(api, "AGetResultKind")).toMatchObject({ open: true });
    expect(named(api, "AGetResultShapeAKind")).toMatchObject({ open: false });
  });

  test("do not come from the numbers that libraries give", () => {
    for (const key of ["__schema0", "intersection12", "union3", "type8"]) {
      const node = object({ next: { anyOf: [{ $ref: `#/$defs/${key}` }, { type: "null" }] } });
      const api = read({
        ...(object({ x: { $ref: `#/$defs/${key}` } }) as object),
        $defs: { [key]: node },
      });
      expect(namesOf(api)).toContain("AGetParamsX");
    }
  });

  test("are derived from the nearest model that has one", () => {
    const item = object({ deep: object({}) });
    const api = read({
      ...(object({
        list: { type: "array", items: object({}) },
        f: { $ref: "#/$defs/Filter" },
      }) as object),
      $defs: { Filter: object({ map: { type: "object", additionalProperties: item } }) },
    });
    expect(namesOf(api)).toEqual([
      "AGetParams",
      "AGetParamsListItem",
      "Filter",
      "FilterMapValue",
      "FilterMapValueDeep",
    ]);
  });

  test("of definitions that refer to one another are those of the last that has one", () => {
    const api = read({
      ...(object({ a: { $ref: "#/$defs/A" } }) as object),
      $defs: {
        A: { $ref: "#/$defs/B" },
        B: { $ref: "#/$defs/__schema0" },
        __schema0: { type: "array", items: {} },
      },
    });
    expect(namesOf(api)).toEqual(["AGetParams", "B"]);
  });

  test("that are derived give way to those of authors", () => {
    const params = object({ x: object({ a: {} }), y: object({ b: {} }, { id: "AGetParamsX" }) });
    const api = read(params);
    expect(namesOf(api)).toEqual([
      "AGetParams",
      "AGetParamsX",
      expect.stringMatching(/^AGetParamsX_[0-9a-f]{4}$/),
    ]);
    expect(named(api, "AGetParamsX")).toMatchObject({ explicit: true, fields: [{ name: "b" }] });
  });

  test("that are derived twice in one object are told apart by their places", () => {
    const twins = { "a-b": object({ x: {} }), a_b: object({ y: {} }) };
    const api = read(object(twins));
    expect(namesOf(api).slice(1)).toEqual([
      expect.stringMatching(/^AGetParamsAB_[0-9a-f]{4}$/),
      expect.stringMatching(/^AGetParamsAB_[0-9a-f]{4}$/),
    ]);
    const reversed = read(object(Object.fromEntries(Object.entries(twins).toReversed())));
    expect(reversed.models.slice(1)).toEqual(api.models.slice(1));
  });

  test("that are derived from two methods are refused: no method changes what others have", () => {
    const methods = [
      { name: "a.b", params: object({ c_params: object({ x: {} }) }) },
      { name: "a.b.params_c", params: object({ y: {} }) },
    ];
    expect(problems(() => readMethods(...methods))).toEqual([
      'a.b.params_c params: the model ABParamsCParams differs from the one at "a.b" params.c_params',
    ]);
  });

  test("nullable and solitary alternatives keep the name of what they are about", () => {
    const $defs = { Level: { enum: ["a"] }, Box: object({}) };
    const nullable = (name: string) => ({ anyOf: [{ $ref: `#/$defs/${name}` }, { type: "null" }] });
    const api = read({
      ...(object({ x: nullable("Level"), y: nullable("Box") }) as object),
      $defs,
    });
    expect(named(api, "AGetParams")).toMatchObject({
      fields: [
        { type: { kind: "nullable", type: { model: "Level" } } },
        { type: { kind: "nullable", type: { model: "Box" } } },
      ],
    });
  });
});
