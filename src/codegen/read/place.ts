import type { Origin } from "../model/api-model.js";
import { explicitName, titleWords } from "./model-names.js";
import type { Target } from "./schema-resolver.js";
import { capitalizedWords, wordsOf } from "../model/words.js";

/** The place of a schema, and the name of a model there. */
export interface Place extends Origin {
  readonly name: string;
  /** The author's name for it, if any. */
  readonly id: string | undefined;
  /** The nearest enclosing schema with an author's name, which is the prefix of derived names. */
  readonly owner: { readonly key: string; readonly name: string; readonly path: string };
  /** The parts of the name after the owner's name, outermost first. */
  readonly parts: readonly string[];
}

/** A longer derived name loses its first parts, down to two. */
const MAX_LENGTH = 50;

/** The place of a target that is read at `at`, with the author's name if it has one. */
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

/** A place below another, with further names. */
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
 * The name of a model until all models are known: the author's name, else one that is unique to the
 * place. It does not depend on the method in which a named owner was found.
 */
export function keyOf({ name, id, owner, path }: Place): string {
  return id ?? [name, owner.key, path.slice(owner.path.length)].join("\n");
}
