import type { JsonSchema } from "../../protocol/index.js";
import { canonicalText } from "../../schema/index.js";
import {
  ANY,
  NEVER,
  OPAQUE,
  type Constraints,
  type ObjectShape,
  type Scalars,
  type Shape,
} from "./shape.js";

/** What at least one of several shapes accepts. */
export function either(shapes: readonly Shape[]): Shape {
  if (shapes.some(({ opaque }) => opaque)) return OPAQUE;
  if (shapes.some(({ any }) => any)) return ANY;
  const [first = NEVER] = shapes;
  if (shapes.length <= 1) return first;
  const union = <T>(part: (shape: Shape) => ReadonlySet<T>): Set<T> =>
    new Set(shapes.flatMap((shape) => [...part(shape)]));
  const scalars = (part: (shape: Shape) => Scalars): Scalars => ({
    values: union((shape) => part(shape).values),
    types: union((shape) => part(shape).types),
  });
  return {
    any: false,
    opaque: false,
    null: shapes.some((shape) => shape.null),
    booleans: union(({ booleans }) => booleans),
    strings: scalars(({ strings }) => strings),
    numbers: scalars(({ numbers }) => numbers),
    arrays: union(({ arrays }) => arrays),
    objects: union(({ objects }) => objects),
  };
}

/** What all of several shapes accept: known for one of them, and for objects. */
export function both(shapes: readonly Shape[]): Shape {
  const parts = shapes.filter(({ any }) => !any);
  const [first = ANY] = parts;
  if (parts.length <= 1) return first;
  if (!parts.every(isOneObject)) return OPAQUE;
  const merged = mergeObjects(parts.flatMap(({ objects }) => [...objects]));
  return merged ? { ...NEVER, objects: new Set([merged]) } : OPAQUE;
}

function isOneObject({ objects, arrays, strings, numbers, booleans, ...shape }: Shape): boolean {
  const others = [arrays, strings.types, strings.values, numbers.types, numbers.values, booleans];
  return (
    objects.size === 1 && !shape.opaque && !shape.null && others.every(({ size }) => size === 0)
  );
}

/** One object with the fields of all, unless they disagree on a field. */
function mergeObjects(objects: readonly ObjectShape[]): ObjectShape | undefined {
  const fields = new Map<string, JsonSchema>();
  for (const [name, schema] of objects.flatMap((object) => [...object.fields])) {
    const before = fields.get(name);
    if (before !== undefined && canonicalText(before) !== canonicalText(schema)) return undefined;
    fields.set(name, schema);
  }
  const [first, ...others] = objects;
  const sameRest = others.every((other) => sameText(other.rest, first?.rest));
  if (!sameRest || objects.some(({ keys }) => keys !== undefined)) return undefined;
  const constraints = Object.assign({}, ...objects.map(sizeLimits)) as Constraints;
  const limits = objects.reduce((sum, object) => sum + Object.keys(sizeLimits(object)).length, 0);
  if (limits > Object.keys(constraints).length) return undefined;
  const required = new Set(objects.flatMap((object) => [...object.required]));
  return { constraints, fields, required, rest: first?.rest, keys: undefined };
}

function sizeLimits({ constraints }: ObjectShape): Constraints {
  const { minProperties, maxProperties } = constraints;
  return {
    ...(minProperties === undefined ? {} : { minProperties }),
    ...(maxProperties === undefined ? {} : { maxProperties }),
  };
}

function sameText(a: unknown, b: unknown): boolean {
  return a === b || canonicalText(a) === canonicalText(b);
}
