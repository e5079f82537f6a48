import { isObject } from "../protocol/index.js";

/** A reference into `$defs`: the definition's name, and the rest of the pointer as written. */
export interface DefinitionReference {
  readonly name: string;
  /** Empty for the definition itself, else like `/properties/id`. */
  readonly below: string;
}

/**
 * The keys of a local `$ref`, a JSON pointer in a URI fragment (RFC 6901, section 6): `[]` for `#`,
 * `["$defs", "a/b"]` for `#/$defs/a~1b`. `undefined` for any other reference.
 */
export function pointerKeys(ref: unknown): string[] | undefined {
  if (typeof ref !== "string" || !/^#(?:\/|$)/.test(ref)) return undefined;
  return ref.split("/").slice(1).map(decodedKey);
}

/** The target of a local `$ref`; `undefined` if it does not exist. */
export function resolveReference(root: unknown, ref: unknown): unknown {
  const step = (value: unknown, key: string): unknown =>
    (isObject(value) || Array.isArray(value)) && Object.hasOwn(value, key)
      ? (value as Record<string, unknown>)[key]
      : undefined;
  return pointerKeys(ref)?.reduce<unknown>(step, root);
}

/** The name of a definition in a reference, like `Task` in `#/$defs/Task`. */
export function definitionName(ref: unknown): string | undefined {
  const reference = definitionReference(ref);
  return reference?.below === "" ? reference.name : undefined;
}

/** Reads a reference to a definition or to a part of one. */
export function definitionReference(ref: unknown): DefinitionReference | undefined {
  const [, key, below = ""] = /^#\/\$defs\/([^/]*)(.*)$/s.exec(String(ref)) ?? [];
  return key === undefined ? undefined : { name: decodedKey(key), below };
}

/** A name as a key of a `$ref`: `a~1b` for `a/b`. */
export function encodedKey(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function decodedKey(key: string): string {
  return percentDecoded(key).replaceAll("~1", "/").replaceAll("~0", "~");
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // A bare "%", which not every library escapes.
  }
}
