// Contracts from schemas that were not written for this project.
import type { Contract, JsonSchema } from "../../src/protocol/index.js";

const to = (name: string): JsonSchema => ({ $ref: `#/$defs/${name}` });

/** One method that takes and gives each of the definitions. */
function definitions(prefix: string, $defs: Record<string, JsonSchema>): Contract {
  const methods = Object.keys($defs).map((name) => {
    const schema = { ...(to(name) as object), $defs };
    return { name: `${prefix}.echo_${name.toLowerCase()}`, params: schema, result: schema };
  });
  return { contract: 1, methods };
}

/** Recursions without an object in them, as in JSON itself: alone, through each other, with null. */
export function jsonvalues(): Contract {
  const scalars = [{ type: "string" }, { type: "integer" }, { type: "boolean" }];
  const listOf = (name: string) => ({ type: "array", items: to(name) });
  const mapOf = (name: string) => ({ type: "object", additionalProperties: to(name) });
  return definitions("values", {
    Alone: { anyOf: [...scalars, listOf("Alone"), mapOf("Alone")] },
    Dict: mapOf("Value"),
    Value: { description: "Anything.", anyOf: [...scalars, listOf("Value"), to("Dict")] },
    NullableDict: mapOf("NullableValue"),
    NullableValue: {
      anyOf: [{ type: "null" }, { type: "number" }, listOf("NullableValue"), to("NullableDict")],
    },
    Levels: listOf("Level"),
    Level: mapOf("Levels"),
    Both: { anyOf: [{ type: "string" }, mapOf("Both"), listOf("Either")] },
    Either: { anyOf: [{ type: "integer" }, listOf("Either"), mapOf("Both")] },
  });
}
