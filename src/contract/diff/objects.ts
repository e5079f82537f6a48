import type { JsonSchema } from "../../protocol/index.js";
import { diffLimits } from "./constraints.js";
import { diffForms } from "./forms.js";
import { canonicalText } from "../../schema/index.js";
import { shown } from "./change.js";
import type { Walk } from "./walk.js";
import type { ObjectShape, Shape } from "./shape.js";

/** Compares objects: one with one, or those that have the same tag, or all with all. */
export function diffObjects(
  walk: Walk,
  old: readonly ObjectShape[],
  now: readonly ObjectShape[],
  path: string,
): void {
  const tag = old.length > 1 || now.length > 1 ? commonTag(walk, old, now) : undefined;
  if (!tag) {
    diffForms(walk, old, now, path, diffObject);
    return;
  }
  const { name } = tag;
  const isOpen = walk.direction === "result" && old.length > 1;
  // Several values may lead to the same two objects.
  const compared = new Map(old.map((object) => [object, new Set<ObjectShape>()]));
  for (const [value, before] of tag.old) {
    const after = tag.now.get(value);
    const place = `${path}(${name}: ${shown(value)})`;
    if (!after) walk.move("narrower", place, "was removed");
    else if (!compared.get(before)?.has(after)) {
      compared.get(before)?.add(after);
      diffObject(walk, before, after, place, name);
    }
  }
  for (const value of tag.now.keys()) {
    if (tag.old.has(value)) continue;
    const place = `${path}(${name}: ${shown(value)})`;
    if (isOpen && typeof value !== "boolean") {
      walk.note(false, place, "is new", "clients accept unknown objects");
    } else walk.move("wider", place, "is new");
  }
}

/** Compares two objects, except for the field `tag`, which is the same in both. */
function diffObject(
  walk: Walk,
  old: ObjectShape,
  now: ObjectShape,
  path: string,
  tag?: string,
): void {
  walk.budget.spend(10 + old.fields.size + now.fields.size);
  diffLimits(walk, old.constraints, now.constraints, ["minProperties"], 1, path);
  diffLimits(walk, old.constraints, now.constraints, ["maxProperties"], -1, path);
  for (const [name, schema] of old.fields) {
    if (name === tag) continue;
    const place = `${path}.${name}`;
    const after = now.fields.get(name);
    if (after === undefined) fieldIsGone(walk, old, now, name, schema, place);
    else fieldIsThere(walk, old, now, name, { schema, after }, place);
  }
  for (const [name, schema] of now.fields) {
    if (!old.fields.has(name)) fieldIsNew(walk, old, now, name, schema, `${path}.${name}`);
  }
  diffRest(walk, old, now, path);
}

function fieldIsThere(
  walk: Walk,
  old: ObjectShape,
  now: ObjectShape,
  name: string,
  { schema, after }: { schema: JsonSchema; after: JsonSchema },
  path: string,
): void {
  const [was, is] = [old.required.has(name), now.required.has(name)];
  if (was && !is) walk.move("wider", path, "is now optional");
  if (!was && is) walk.move("narrower", path, "is now required");
  if (!was && !is) diffDefault(walk, schema, after, path);
  walk.schemas(schema, after, path);
}

/** The default decides what a call without the field means. */
function diffDefault(walk: Walk, old: JsonSchema, now: JsonSchema, path: string): void {
  const [before, after] = [walk.old.defaultOf(old), walk.now.defaultOf(now)];
  if (canonicalText(before) === canonicalText(after)) return;
  const what = `its default changed from ${shownDefault(before)} to ${shownDefault(after)}`;
  const breaking = walk.direction === "params" && before.length > 0;
  const why = breaking ? "calls that omit it now mean something else" : undefined;
  walk.note(breaking, path, what, why);
}

function shownDefault(value: readonly unknown[]): string {
  return value.length === 0 ? "none" : shown(value[0]);
}

function fieldIsGone(
  walk: Walk,
  old: ObjectShape,
  now: ObjectShape,
  name: string,
  schema: JsonSchema,
  path: string,
): void {
  if (walk.direction === "result") {
    const breaking = old.required.has(name);
    walk.note(breaking, path, "was removed", breaking ? "old clients rely on it" : undefined);
  } else if (now.rest === false) {
    walk.note(true, path, "was removed", "old clients may send it, and the server rejects it");
  } else if (now.rest === undefined) {
    walk.note(false, path, "was removed", "the server ignores it if old clients send it");
  } else {
    walk.note(false, path, "is now one of the other fields", "the server still accepts it");
    walk.schemas(schema, now.rest, path);
  }
}

function fieldIsNew(
  walk: Walk,
  old: ObjectShape,
  now: ObjectShape,
  name: string,
  schema: JsonSchema,
  path: string,
): void {
  const isRequired = now.required.has(name);
  const what = `is new${isRequired ? "" : " and optional"}`;
  if (walk.direction === "params") {
    walk.note(isRequired, path, what, isRequired ? "old clients do not send it" : undefined);
  } else {
    walk.note(false, path, what, "clients ignore unknown fields");
  }
  // Old clients send and read this field as one of the other fields, if these had a type.
  if (old.rest !== undefined && old.rest !== false) walk.schemas(old.rest, schema, path);
}

/** Compares the other fields. Clients ignore them; servers do unless the schema forbids them. */
function diffRest(walk: Walk, old: ObjectShape, now: ObjectShape, path: string): void {
  const place = `${path}.*`;
  const [before, after] = [old.rest ?? false, now.rest ?? false];
  const fate = now.rest === false ? "is now rejected" : "is now ignored";
  if (old.keys !== undefined || now.keys !== undefined) {
    walk.schemas(old.keys ?? ANY_KEY, now.keys ?? ANY_KEY, `${path} keys`);
  }
  if (before !== false && after !== false) walk.schemas(before, after, place);
  else if (before !== false) {
    walk.note(walk.direction === "params" && now.rest === false, place, fate);
  } else if (after !== false) walk.note(false, place, "is now described");
  else if (old.rest !== now.rest) {
    walk.note(false, place, fate, "clients send none");
  }
}

const ANY_KEY: JsonSchema = { type: "string" };

/** A value of the field that tells objects apart. */
type Tag = string | number | boolean;

/** The objects of both sides by the values of the field that tells them apart. */
interface TaggedObject {
  readonly name: string;
  readonly old: ReadonlyMap<Tag, ObjectShape>;
  readonly now: ReadonlyMap<Tag, ObjectShape>;
}

/** Finds the field that tells the objects apart, before and now. */
function commonTag(
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

/** The objects by the values of a field, if no two of them share a value. */
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

/** The values of a shape that only lists values. */
function valuesOf(shape: Shape): Tag[] | undefined {
  const { booleans, strings, numbers, arrays, objects } = shape;
  const others = strings.types.size + numbers.types.size + arrays.size + objects.size;
  if (shape.any || shape.opaque || shape.null || others > 0) return undefined;
  const values = [...booleans, ...strings.values, ...numbers.values];
  return values.length === 0 ? undefined : values;
}
