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

  it("is read with its schemas in the normal form", () => {
    const params = { anyOf: [{ type: "string" }, { type: "null" }] };
    const details = { maximum: 9007199254740991, type: "integer" };
    const errors = [{ name: "NotFound", code: 1004, details }];
    const [method] = readContract({
      contract: 1,
      methods: [{ name: "a", params, errors }],
    }).methods;
    expect(method).toMatchObject({ params: { type: ["string", "null"] } });
    expect(method?.errors?.[0]?.details).toEqual({ type: "integer" });
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
  ])("is refused with the first wrong field if it is not one: %j", (document, message) => {
    expect(() => readContract(document)).toThrow(
      expect.objectContaining({ code: "CRPC_CONTRACT_INVALID" }),
    );
    expect(() => readContract(document)).toThrow(message);
  });
});
