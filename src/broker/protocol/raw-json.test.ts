import { describe, expect, it } from "vitest";
import { encodeJson, rawAt, RawJson } from "./raw-json.js";

describe("rawAt", () => {
  const text = `  { "a" : [ 1 , {"b": "}]\\"," } , -1.50e+3 ] , "c":null,"d\\u0065": true, "a2":{} ,"last":12345678901234567890 } `;

  it.each([
    [[], text.trim()],
    [["a"], '[ 1 , {"b": "}]\\"," } , -1.50e+3 ]'],
    [["c"], "null"],
    [["de"], "true"],
    [["a2"], "{}"],
    [["last"], "12345678901234567890"],
  ])("finds %j", (path, found) => {
    JSON.parse(text);
    expect(rawAt(text, path)?.text).toBe(found);
  });

  it.each([[["x"]], [["a", "b"]], [["c", "x"]], [["a2", "x"]]])("finds nothing at %j", (path) => {
    expect(rawAt(text, path)).toBeUndefined();
  });

  it("takes the last of members with the same name, as JSON.parse does", () => {
    expect(rawAt('{"a":1,"a":2}', ["a"])?.text).toBe("2");
  });

  it("leaves out line feeds between tokens", () => {
    expect(rawAt('{\n"a":\n{\n"b":"\\n"\n}\n}', ["a"])?.text).toBe('{"b":"\\n"}');
  });
});

describe("encodeJson", () => {
  it("prints what JSON.stringify prints", () => {
    const value = { a: [1, "x\n", null, true, {}], b: undefined, 'c"': { d: [] } };
    expect(encodeJson(value)).toBe(JSON.stringify(value));
  });

  it("prints raw JSON as it is", () => {
    const raw = new RawJson("12345678901234567890");
    expect(encodeJson({ a: raw, b: [raw] })).toBe(
      '{"a":12345678901234567890,"b":[12345678901234567890]}',
    );
  });
});
