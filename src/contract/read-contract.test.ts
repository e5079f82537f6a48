import { describe, expect, it } from "vitest";
import { readContract } from "./read-contract.js";

describe("a contract from elsewhere", () => {
  it("is read whole", () => {
    const contract = {
      contract: 1,
      methods: [
        {
          name: "tasks.run",
          description: "runs",
          deprecated: "use another",
          idempotent: true,
          params: { type: "object", properties: { id: { type: "integer" } }, "x-mark": [1] },
          result: true,
          errors: [{ name: "NotFound", code: 1004, description: "none", details: {} }],
          examples: [{ description: "one", params: { id: 1 }, result: null }],
        },
        { name: "tasks.ping", deprecated: true },
      ],
    };
    expect(readContract(contract)).toEqual(contract);
  });

  it("is read without the fields that are not known", () => {
    const contract = { contract: 1, more: 1, methods: [{ name: "a", owner: "team" }] };
    expect(readContract(contract)).toEqual({ contract: 1, methods: [{ name: "a" }] });
  });

  it.each([
    [null, "expected object"],
    [{ contract: 2, methods: [] }, "contract: "],
    [{ contract: 1, methods: [{}] }, "methods.0.name: "],
    [{ contract: 1, methods: [{ name: "a", params: null }] }, "methods.0.params: "],
  ])("that is none is refused by the first place that is wrong: %j", (document, message) => {
    expect(() => readContract(document)).toThrow(TypeError);
    expect(() => readContract(document)).toThrow(message);
  });
});
