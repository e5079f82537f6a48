import { describe, expect, test } from "vitest";
import { named, namesOf, object, problems, read, readMethods } from "../testing/read.js";

describe("the names of models", () => {
  test("are the author's id, the key of the definition, or a title that is a type's name", () => {
    const api = read({
      ...(object({
        a: object({}, { id: "task-filter" }),
        b: { $ref: "#/$defs/Point" },
        c: object({}, { title: "Range" }),
        d: object({}, { title: "a caption" }),
        e: { enum: ["x"], title: "NotForEnums" },
      }) as object),
      $defs: { Point: object({}) },
    });
    expect(namesOf(api)).toEqual([
      "AGetParams",
      "AGetParamsD",
      "AGetParamsE",
      "Point",
      "Range",
      "TaskFilter",
    ]);
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
      'a.b.params_c params: the model ABParamsCParams has another shape than at "a.b" params.c_params',
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
