import type { JsonSchema } from "../../protocol/index.js";
import { diffLimits } from "./constraints.js";
import type { Walk } from "./walk.js";
import type { ArrayShape } from "./shape.js";

/** Compares two arrays. */
export function diffArray(walk: Walk, old: ArrayShape, now: ArrayShape, path: string): void {
  diffLimits(walk, old.constraints, now.constraints, ["minItems"], 1, path);
  diffLimits(walk, old.constraints, now.constraints, ["maxItems"], -1, path);
  const [wasUnique, isUnique] = [old, now].map(
    ({ constraints }) => constraints["uniqueItems"] === true,
  );
  if (wasUnique && !isUnique) walk.move("wider", path, "can now have equal items");
  if (!wasUnique && isUnique) walk.move("narrower", path, "can no longer have equal items");

  const places = Math.max(old.places.length, now.places.length);
  for (let place = 0; place < places; place++) {
    diffItems(walk, at(old, place), at(now, place), `${path}[${place}]`);
  }
  diffItems(walk, old.rest, now.rest, `${path}[]`);
}

function at({ places, rest }: ArrayShape, place: number): JsonSchema {
  return places[place] ?? rest;
}

function diffItems(walk: Walk, old: JsonSchema, now: JsonSchema, path: string): void {
  if (old === now) return;
  if (now === false) walk.move("narrower", path, "was removed");
  else if (old === false) walk.move("wider", path, "is new");
  else walk.schemas(old, now, path);
}
