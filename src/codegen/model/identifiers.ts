import type { ApiModel, ObjectModel } from "./api-model.js";
import { failOn, type ContractProblem } from "./contract-error.js";
import { NameScope, RENAME_METHOD } from "./name-scope.js";

/**
 * Assigns a different identifier to each name of a scope. If several names have the same identifier,
 * `_` and a hash of the name are appended, except for the name that is spelled like the identifier.
 * The result does not depend on the order of the names.
 *
 * @param toIdentifier the preferred identifier of a name
 */
export function distinctIdentifiers(
  names: Iterable<string>,
  toIdentifier: (name: string) => string,
): ReadonlyMap<string, string> {
  const identifiers = new Map([...new Set(names)].map((name) => [name, toIdentifier(name)]));
  const rounds = new Map<string, number>();
  for (let twins = twinsOf(identifiers); twins.length > 0; twins = twinsOf(identifiers)) {
    for (const name of twins) {
      const round = (rounds.get(name) ?? 0) + 1;
      rounds.set(name, round);
      identifiers.set(name, `${toIdentifier(name)}_${suffix(name, round)}`);
    }
  }
  return identifiers;
}

/** The names with the same identifier, except those that are spelled like it. */
function twinsOf(identifiers: ReadonlyMap<string, string>): string[] {
  const owners = new Map<string, string[]>();
  for (const [name, identifier] of identifiers) {
    owners.set(identifier, [...(owners.get(identifier) ?? []), name]);
  }
  return [...owners].flatMap(([identifier, names]) =>
    names.length > 1 ? names.filter((name) => name !== identifier) : [],
  );
}

/** Longer in each round, for names with equal hashes. */
function suffix(name: string, rounds: number): string {
  return Array.from({ length: rounds }, (_, round) =>
    hash4(round === 0 ? name : `${round}${name}`),
  ).join("");
}

/**
 * The identifiers of an object's fields, by their names on the wire.
 *
 * @param toIdentifier the preferred identifier of a field
 * @param reserved names that no field can have: `_` is appended to them
 */
export function fieldIdentifiers(
  model: ObjectModel,
  toIdentifier: (name: string) => string,
  reserved: ReadonlySet<string> = new Set(),
): ReadonlyMap<string, string> {
  const names = model.fields.map((field) => field.name);
  return distinctIdentifiers(names, (name) => unreserved(toIdentifier(name), reserved));
}

/**
 * The identifiers of all models and declared errors, by their names. `_` is appended to names that a
 * language or its runtime uses.
 */
export function modelIdentifiers(
  api: ApiModel,
  reserved: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const names = [...api.models, ...api.errors].map(({ name }) => name);
  const taken = new Set([...reserved, ...names]);
  return new Map(
    names.map((name) => [name, reserved.has(name) ? unreserved(`${name}_`, taken) : name]),
  );
}

/**
 * The identifiers of all methods, by their names on the wire.
 *
 * @param reserved names that no method can have: `_` is appended to them
 * @param where the scope in messages, like `the Go APIClient`
 * @throws ContractError when two methods have the same identifier: a suffix would rename a method that
 *   applications already call
 */
export function methodIdentifiers(
  api: ApiModel,
  toIdentifier: (name: string) => string,
  reserved: ReadonlySet<string>,
  where: string,
): ReadonlyMap<string, string> {
  const problems: ContractProblem[] = [];
  const scope = new NameScope(problems, where);
  const identifiers = api.methods.map(({ name }) => {
    const identifier = unreserved(toIdentifier(name), reserved);
    return [name, scope.claim(identifier, { method: name, path: "" }, RENAME_METHOD)] as const;
  });
  failOn(problems);
  return new Map(identifiers);
}

function unreserved(identifier: string, reserved: ReadonlySet<string>): string {
  return reserved.has(identifier) ? unreserved(`${identifier}_`, reserved) : identifier;
}

/**
 * Four hexadecimal digits from a text (FNV-1a), as a suffix for names. They depend only on the text.
 */
export function hash4(text: string): string {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  return ((state ^ (state >>> 16)) & 0xffff).toString(16).padStart(4, "0");
}
