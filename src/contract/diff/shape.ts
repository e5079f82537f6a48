import { withoutUndefined, type JsonSchema } from "../../protocol/index.js";
import { canonicalText } from "../../schema/index.js";

/** The values that a schema accepts, by JSON type. */
export interface Shape {
  /** Every value is accepted; the other fields are empty then. */
  readonly any: boolean;
  /** Its values are unknown: two such schemas are only checked for equality. */
  readonly opaque: boolean;
  readonly null: boolean;
  readonly booleans: ReadonlySet<boolean>;
  readonly strings: Scalars;
  readonly numbers: Scalars;
  readonly arrays: ReadonlySet<ArrayShape>;
  readonly objects: ReadonlySet<ObjectShape>;
}

/** The strings or numbers of a {@link Shape}: listed values, and types with constraints. */
export interface Scalars {
  readonly values: ReadonlySet<string | number>;
  readonly types: ReadonlySet<Constraints>;
}

/** The keywords of a schema, as written. */
export type Constraints = Readonly<Record<string, unknown>>;

/** Arrays: items with their own schema first, then all others. */
export interface ArrayShape {
  readonly constraints: Constraints;
  readonly places: readonly JsonSchema[];
  /** The schema of the other items; `false` if there cannot be any. */
  readonly rest: JsonSchema;
}

export interface ObjectShape {
  readonly constraints: Constraints;
  readonly fields: ReadonlyMap<string, JsonSchema>;
  readonly required: ReadonlySet<string>;
  /** The schema of all other fields; `undefined` if the schema does not specify it. */
  readonly rest: JsonSchema | undefined;
  /** The schema of the field names, if there is one. */
  readonly keys: JsonSchema | undefined;
}

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

export const ANY: Shape = { ...NEVER, any: true };

export const OPAQUE: Shape = { ...NEVER, opaque: true };

/** The union of shapes. */
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

/** The intersection of shapes: `OPAQUE` unless there is only one, or all are objects. */
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

/** Merges objects unless they disagree on a field. */
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
  return withoutUndefined({ minProperties, maxProperties });
}

function sameText(a: unknown, b: unknown): boolean {
  return a === b || canonicalText(a) === canonicalText(b);
}
