import type { Contract, JsonSchema } from "../../src/protocol/index.js";

const METHODS = 60;

/**
 * A large contract with every shape under names of every length: somewhere in it a line ends at
 * each column, so that the formatters find what the printers get wrong. The same on every run.
 */
export function stressContract(): Contract {
  const random = randomNumbers(1);
  const methods = Array.from({ length: METHODS }, (_, index) => ({
    name: `stress_${index}.${nameOf(random, 40)}`,
    description: textOf(random),
    params: objectOf(random, 3),
    result: objectOf(random, 3),
  }));
  return { contract: 1, methods };
}

type Random = (below: number) => number;

/** A linear congruential generator (Numerical Recipes). */
function randomNumbers(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function objectOf(random: Random, depth: number): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  const count = random(8);
  for (let index = 0; index < count; index++) {
    properties[`${nameOf(random, 45)}_${index}`] = described(random, schemaOf(random, depth));
  }
  const required = Object.keys(properties).filter(() => random(2) === 0);
  return { type: "object", properties, required };
}

function schemaOf(random: Random, depth: number): JsonSchema {
  const shapes: (() => JsonSchema)[] = [
    () => ({ type: "string", default: textOf(random) }),
    () => ({ type: "integer", default: random(1e9) }),
    () => ({ type: "number" }),
    () => ({ type: "boolean", default: random(2) === 0 }),
    () => ({}),
    () => enumOf(random),
    () => ({ enum: [1, 2, 3 + random(9)] }),
    () => ({ type: ["string", "null"] }),
  ];
  const nested: (() => JsonSchema)[] = [
    () => objectOf(random, depth - 1),
    () => ({ type: "array", items: schemaOf(random, depth - 1) }),
    () => ({ type: "object", additionalProperties: schemaOf(random, depth - 1) }),
    () => ({ anyOf: [schemaOf(random, depth - 1), { type: "null" }] }),
    () => ({ anyOf: [{ type: "string" }, { type: "array", items: enumOf(random) }] }),
    () => ({ oneOf: ["first", "second"].map((kind) => variantOf(random, kind)) }),
  ];
  const choices = depth > 0 ? [...shapes, ...nested] : shapes;
  return choices[random(choices.length)]!();
}

function variantOf(random: Random, kind: string): JsonSchema {
  const properties = { kind: { const: kind }, [nameOf(random, 30)]: { type: "integer" } };
  return { type: "object", properties, required: ["kind"] };
}

function enumOf(random: Random): JsonSchema {
  const values = Array.from(
    { length: 1 + random(5) },
    (_, index) => `${nameOf(random, 20)}${index}`,
  );
  return { type: "string", enum: values };
}

function described(random: Random, schema: JsonSchema): JsonSchema {
  if (typeof schema === "boolean" || random(4) > 0) return schema;
  return { ...schema, description: textOf(random) };
}

function nameOf(random: Random, longest: number): string {
  const words = Array.from({ length: 1 + random(4) }, () => wordOf(random, longest / 4));
  return words.join("_");
}

function wordOf(random: Random, longest: number): string {
  const letters = Array.from({ length: 1 + random(longest) }, () => random(26));
  return String.fromCharCode(...letters.map((letter) => 97 + letter));
}

function textOf(random: Random): string {
  const words = Array.from({ length: 1 + random(12) }, () => wordOf(random, 9));
  return words.join([" ", "\n", '" ', "' ", "\\", " */ "][random(6)]);
}
