import type { JsonSchema } from "../../protocol/index.js";
import { canonicalText } from "../../schema/index.js";

/** Which values a schema accepts, taken apart by the JSON types. */
export interface Shape {
  /** Everything is accepted; the rest says nothing then. */
  readonly any: boolean;
  /** It cannot be taken apart: two such schemas can only be the same or not. */
  readonly opaque: boolean;
  readonly null: boolean;
  readonly booleans: ReadonlySet<boolean>;
  readonly strings: Scalars;
  readonly numbers: Scalars;
  readonly arrays: ReadonlySet<ArrayShape>;
  readonly objects: ReadonlySet<ObjectShape>;
}

/** The texts or the numbers of a {@link Shape}: single ones, and all that keep to constraints. */
export interface Scalars {
  readonly values: ReadonlySet<string | number>;
  readonly types: ReadonlySet<Constraints>;
}

/** The keywords of a schema, as they stand in it. */
export type Constraints = Readonly<Record<string, unknown>>;

/** Arrays: the places of their own first, then all others. */
export interface ArrayShape {
  readonly constraints: Constraints;
  readonly places: readonly JsonSchema[];
  /** `false` when nothing may follow the places. */
  readonly rest: JsonSchema;
}

/** Objects. */
export interface ObjectShape {
  readonly constraints: Constraints;
  readonly fields: ReadonlyMap<string, JsonSchema>;
  readonly required: ReadonlySet<string>;
  /** The schema of all other fields; `undefined` where nothing is said of them. */
  readonly rest: JsonSchema | undefined;
  /** The schema of the fields' names, if there is one. */
  readonly keys: JsonSchema | undefined;
}

/** No value at all. */
export const NEVER: Shape = {
  any: false,
  opaque: false,
  null: false,
  booleans: new Set(),
  strings: { values: new Set(), types: new Set() },
  numbers: { values: new Set(), types: new Set() },
  arrays: new Set(),
  objects: new Set(),
};

/** Every value. */
export const ANY: Shape = { ...NEVER, any: true };

/** What cannot be taken apart. */
export const OPAQUE: Shape = { ...NEVER, opaque: true };

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
