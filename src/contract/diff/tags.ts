import type { Walk } from "./walk.js";
import type { ObjectShape, Shape } from "./shape.js";

/** A value of the field that tells objects apart. */
type Tag = string | number | boolean;

/** The objects of both sides by the values of the field that tells them apart. */
export interface TaggedObject {
  readonly name: string;
  readonly old: ReadonlyMap<Tag, ObjectShape>;
  readonly now: ReadonlyMap<Tag, ObjectShape>;
}

/** Finds the field that tells the objects apart, before and now. */
export function commonTag(
  walk: Walk,
  old: readonly ObjectShape[],
  now: readonly ObjectShape[],
): TaggedObject | undefined {
  const [first] = old;
  for (const name of first?.required ?? []) {
    walk.budget.spend(old.length + now.length);
    const before = byTag(old, name, (schema) => walk.old.of(schema));
    const after = before && byTag(now, name, (schema) => walk.now.of(schema));
    if (before && after) return { name, old: before, now: after };
  }
  return undefined;
}

/** The objects by the values of a field, if each of them has values of its own there. */
function byTag(
  objects: readonly ObjectShape[],
  name: string,
  shapeOf: (schema: unknown) => Shape,
): Map<Tag, ObjectShape> | undefined {
  const byValue = new Map<Tag, ObjectShape>();
  for (const object of objects) {
    if (!object.required.has(name)) return undefined;
    const values = valuesOf(shapeOf(object.fields.get(name)));
    if (values === undefined || values.some((value) => byValue.has(value))) return undefined;
    for (const value of values) byValue.set(value, object);
  }
  return byValue;
}

/** The values of a shape that has nothing but single values. */
function valuesOf(shape: Shape): Tag[] | undefined {
  const { booleans, strings, numbers, arrays, objects } = shape;
  const others = strings.types.size + numbers.types.size + arrays.size + objects.size;
  if (shape.any || shape.opaque || shape.null || others > 0) return undefined;
  const values = [...booleans, ...strings.values, ...numbers.values];
  return values.length === 0 ? undefined : values;
}
