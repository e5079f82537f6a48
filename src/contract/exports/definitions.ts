import { isObject, withoutUndefined, type JsonSchema } from "../../protocol/index.js";
import {
  canonicalText,
  definitionName,
  encodedKey,
  mapSubschemas,
  referencesIn,
  type SchemaObject,
} from "../../schema/index.js";

/** Collects the definitions of several schemas in one place, without duplicates. */
export class Definitions {
  readonly #prefix: string;
  readonly #reserved: ReadonlySet<string>;
  readonly #schemas = new Map<string, JsonSchema>();
  readonly #names = new Map<string, string>();

  /**
   * @param prefix the part of a `$ref` before the name, like `#/$defs/`
   * @param reserved the names that {@link define} will be called with
   */
  constructor(prefix: string, reserved: Iterable<string> = []) {
    this.#prefix = prefix;
    this.#reserved = new Set(reserved);
  }

  /** All definitions, sorted by name. */
  schemas(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemas].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Defines a schema under a reserved name. */
  define(name: string, schema: JsonSchema): void {
    const own = ownDefinitions(schema, name);
    own.names.set("#", name);
    this.#schemas.set(name, this.#move(own.root, own) as JsonSchema);
  }

  /**
   * Collects the definitions that a schema references, and returns the schema without them.
   *
   * @param name the name of `whole`, used if the schema references it
   * @param whole the schema that contains it; default: the schema itself
   */
  place(schema: JsonSchema, name: string, whole: JsonSchema = schema): JsonSchema {
    const own = ownDefinitions(whole, name);
    return this.#move(schema === whole ? own.root : schema, own) as JsonSchema;
  }

  #move(schema: unknown, own: OwnDefinitions): unknown {
    if (!isObject(schema)) return schema;
    const moved = standard(mapSubschemas(schema, (part) => this.#move(part, own)));
    const { $ref } = schema;
    return typeof $ref === "string" ? { ...moved, $ref: this.#reference($ref, own) } : moved;
  }

  #reference(ref: string, own: OwnDefinitions): string {
    const wanted = ref === "#" ? own.name : definitionName(ref);
    if (wanted === undefined || (ref !== "#" && !Object.hasOwn(own.definitions, wanted)))
      return ref;
    const name = own.names.get(ref) ?? this.#define(wanted, ref, own);
    own.names.set(ref, name);
    return `${this.#prefix}${encodedKey(name)}`;
  }

  /** Returns the name of a definition; a number is appended if another one has the name. */
  #define(wanted: string, ref: string, own: OwnDefinitions): string {
    const key = canonicalText([wanted, standalone(ref, own)]);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const isTaken = (name: string): boolean => this.#schemas.has(name) || this.#reserved.has(name);
    let name = wanted;
    for (let number = 2; isTaken(name); number++) name = `${wanted}${number}`;
    this.#names.set(key, name);
    own.names.set(ref, name);
    // Reserves the name first: the schema may refer to itself.
    this.#schemas.set(name, true);
    const schema = ref === "#" ? own.root : own.definitions[wanted];
    this.#schemas.set(name, this.#move(schema, own) as JsonSchema);
    return name;
  }
}

/** A schema, its definitions, and the names assigned so far by reference. */
interface OwnDefinitions {
  readonly root: unknown;
  readonly name: string;
  readonly definitions: Readonly<Record<string, unknown>>;
  readonly names: Map<string, string>;
}

function ownDefinitions(schema: JsonSchema, name: string): OwnDefinitions {
  if (!isObject(schema)) return { root: schema, name, definitions: {}, names: new Map() };
  const { $defs, ...root } = schema;
  return { root, name, definitions: isObject($defs) ? $defs : {}, names: new Map() };
}

/**
 * Removes what other JSON Schema tools reject: the name of a model in `id`, an empty `prefixItems`.
 */
function standard(schema: SchemaObject): Record<string, unknown> {
  const { id, prefixItems, ...rest } = schema;
  const isEmpty = Array.isArray(prefixItems) && prefixItems.length === 0;
  const title = typeof id === "string" ? id : undefined;
  return withoutUndefined({ title, prefixItems: isEmpty ? undefined : prefixItems, ...rest });
}

/** The target of a reference, with everything that it references in turn. */
function standalone(ref: string, { root, definitions }: OwnDefinitions): object {
  const reached = new Map<string, unknown>();
  const todo = [ref];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (reached.has(next)) continue;
    const name = definitionName(next);
    const schema = next === "#" ? root : name === undefined ? undefined : definitions[name];
    reached.set(next, schema);
    for (const inner of referencesIn(schema)) todo.push(String(inner));
  }
  return { ref, reached: Object.fromEntries(reached) };
}
