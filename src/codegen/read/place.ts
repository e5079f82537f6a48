import type { Origin } from "../model/api-model.js";
import { explicitName, titleWords } from "./model-names.js";
import type { Target } from "./schema-resolver.js";
import { capitalizedWords, wordsOf } from "../model/words.js";

/** The place of a schema, and the name of a model there. */
export interface Place extends Origin {
  readonly name: string;
  /** What the author called it, if they did. */
  readonly id: string | undefined;
  /** The nearest model around with a name of its author: the names below begin with its name. */
  readonly owner: { readonly key: string; readonly name: string; readonly path: string };
  /** What follows the owner's name, from the outside to the inside. */
  readonly parts: readonly string[];
}

/** Above this, a name that comes from a place has only the last of its parts, two at least. */
const MAX_LENGTH = 50;

/** The place of a target that is read at `at`: its author's name for it counts first. */
export function placeOf(target: Target, at: Place): Place {
  const author = explicitName(target);
  if (author !== undefined) {
    const owner = { key: author.id, name: author.name, path: at.path };
    return { ...at, ...author, owner, parts: [] };
  }
  const title = capitalizedWords(titleWords(target.node));
  if (title === "" || at.parts.length === 0) return at;
  const { name } = at.owner;
  const isRepeated =
    title.toLowerCase().startsWith(name.toLowerCase()) && title.length > name.length;
  return named(at, [isRepeated ? title.slice(name.length) : title]);
}

/** A place below another; the names are added to that one's. */
export function inside(place: Place, path: string, ...names: string[]): Place {
  const part = capitalizedWords(names.flatMap(wordsOf));
  return named({ ...place, path, id: undefined }, [...place.parts, part]);
}

function named(place: Place, parts: readonly string[]): Place {
  const { name } = place.owner;
  let first = 0;
  const text = () => name + parts.slice(first).join("");
  while (text().length > MAX_LENGTH && first < parts.length - 2) first++;
  return { ...place, name: text(), parts };
}

/**
 * What a model is called until all are known: what its author calls it, else something that no
 * other place has. It does not depend on the method that an owner's definition comes with.
 */
export function keyOf({ name, id, owner, path }: Place): string {
  return id ?? [name, owner.key, path.slice(owner.path.length)].join("\n");
}
