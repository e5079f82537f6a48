import { pointerKeys, type SchemaObject } from "../../schema/index.js";
import { textOf } from "./json-schema.js";
import type { Target } from "./schema-resolver.js";
import { pascalCase, wordsOf } from "../model/words.js";

/**
 * Numbered keys that schema libraries make up for definitions without an id: `__schema0` (Zod),
 * `intersection12` (ArkType). They change from run to run, so they are not used as names.
 */
const NUMBERED_KEY =
  /^(?:__schema|alias|domain|intersection|jsonData|morph|proto|type|union|unit|unknown)\d+$/;

/** A name that the author chose: as written, and as the name of a type. */
export interface AuthorName {
  readonly id: string;
  readonly name: string;
}

/**
 * The author's name for a schema, if any: its `id`, its key in `$defs` (where Zod puts the id), or
 * its title. A title is used only for objects, not maps, and only if it is a valid type name:
 * other titles are captions.
 */
export function explicitName({ node, refs }: Target): AuthorName | undefined {
  const id = textOf(node, "id");
  if (id !== undefined) return authorName(id);
  const keys = refs.map(definitionKey).filter((key) => key !== undefined);
  const key = keys.findLast((key) => !NUMBERED_KEY.test(key));
  if (key !== undefined) return authorName(key);
  const title = textOf(node, "title");
  const isObject = node["type"] === "object" && node["properties"] !== undefined;
  return isObject && title !== undefined && isTypeName(title) ? authorName(title) : undefined;
}

function authorName(id: string): AuthorName | undefined {
  if (isTypeName(id)) return { id, name: id };
  const words = wordsOf(id);
  return words.length === 0 ? undefined : { id, name: pascalCase(words) };
}

/** The maximum number of words of a title that becomes part of a name. */
const MAX_TITLE_WORDS = 4;

/** The words of a short title, for the name of an object, union or enum without an author's name. */
export function titleWords(node: SchemaObject): string[] {
  const isComposite = ["properties", "anyOf", "oneOf", "enum"].some((key) => key in node);
  const words = isComposite ? wordsOf(textOf(node, "title") ?? "") : [];
  return words.length > MAX_TITLE_WORDS ? [] : words;
}

function isTypeName(name: string): boolean {
  return /^[A-Z][A-Za-z0-9]*$/.test(name);
}

/** The name of the definition that a `$ref` refers to, in JSON Schema or OpenAPI 2. */
function definitionKey(ref: string): string | undefined {
  const [root = "", name, ...below] = pointerKeys(ref) ?? [];
  return ["$defs", "definitions"].includes(root) && below.length === 0 ? name : undefined;
}
