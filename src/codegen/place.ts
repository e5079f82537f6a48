import type { Origin } from "./api-model.js";
import { explicitName } from "./model-names.js";
import type { SchemaNode } from "./json-schema.js";
import { capitalizedWords, wordsOf } from "./words.js";

/** Where a schema stands, and what a model there is called. */
export interface Place extends Origin {
  readonly name: string;
  /** Whether the name is the author's. */
  readonly explicit: boolean;
  /** The nearest model around with a name of its author: the names below begin with it. */
  readonly owner: string;
}

/** A schema without `$ref`, with the `$ref` that led to it. */
export interface Target {
  readonly node: SchemaNode;
  readonly ref: string | undefined;
}

/** The place of a target that is read at `at`: its author's name for it counts first. */
export function placeOf({ node, ref }: Target, at: Place): Place {
  const name = explicitName(node, ref);
  return name === undefined ? at : { ...at, name, explicit: true, owner: name };
}

/** A place below another; the names are added to that one's. */
export function inside(place: Place, path: string, ...names: string[]): Place {
  const name = place.name + capitalizedWords(names.flatMap(wordsOf));
  return { ...place, path, name, explicit: false };
}
