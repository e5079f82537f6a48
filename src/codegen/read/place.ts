import type { Origin } from "../model/api-model.js";
import { explicitName } from "./model-names.js";
import type { Target } from "./schema-resolver.js";
import { capitalizedWords, wordsOf } from "../model/words.js";

/** The place of a schema, and the name of a model there. */
export interface Place extends Origin {
  readonly name: string;
  /** Whether the name is the author's. */
  readonly explicit: boolean;
  /** The nearest model around with a name of its author: the names below begin with it. */
  readonly owner: string;
  /** The path of the owner, with which paths below it begin. */
  readonly ownerPath: string;
}

/** The place of a target that is read at `at`: its author's name for it counts first. */
export function placeOf(target: Target, at: Place): Place {
  const name = explicitName(target);
  if (name === undefined) return at;
  return { ...at, name, explicit: true, owner: name, ownerPath: at.path };
}

/** A place below another; the names are added to that one's. */
export function inside(place: Place, path: string, ...names: string[]): Place {
  const name = place.name + capitalizedWords(names.flatMap(wordsOf));
  return { ...place, path, name, explicit: false };
}

/**
 * What a model is called until all are known: its name if its author gave it, else something that
 * no other place has. It does not depend on the method that an owner's definition comes with.
 */
export function keyOf({ name, explicit, owner, ownerPath, path }: Place): string {
  return explicit ? name : [name, owner, path.slice(ownerPath.length)].join("\n");
}
