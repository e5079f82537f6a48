import { isObject, type JsonSchema } from "../protocol/index.js";
import {
  sameValueSchemas,
  type SchemaObject,
  type Subschema,
  subschemas,
} from "../schema/index.js";

/** The keyword that marks a schema, as `z.string().meta({ sensitive: true })` writes it. */
const KEYWORD = "sensitive";

const OTHER_FIELDS = new Set(["additionalProperties", "unevaluatedProperties"]);
const OTHER_ELEMENTS = new Set(["items", "contains", "unevaluatedItems"]);

/**
 * The parts of a value that its schema marks as sensitive. What one of several alternatives marks is
 * sensitive, because a value that matches none of them is logged as well.
 */
export class SensitiveParts {
  /** Whether the value as a whole is sensitive. */
  readonly whole: boolean;
  readonly #root: SchemaObject;
  /** The direct sub-schemas of each schema of the value. */
  readonly #subschemas: readonly Subschema[][];
  readonly #known: Map<unknown, SensitiveParts>;

  private constructor(
    root: SchemaObject,
    schemas: readonly SchemaObject[],
    known: Map<unknown, SensitiveParts>,
  ) {
    this.#root = root;
    this.#known = known;
    const all = [...sameValueSchemas(root, schemas)];
    this.#subschemas = all.map((schema) => subschemas(schema));
    this.whole = all.some((schema) => schema[KEYWORD] === true);
  }

  /** Reads a schema. Returns `undefined` if it marks nothing. */
  static of(schema: JsonSchema | undefined): SensitiveParts | undefined {
    if (!isObject(schema) || !JSON.stringify(schema).includes(`"${KEYWORD}":true`))
      return undefined;
    return new SensitiveParts(schema, [schema], new Map());
  }

  /** The parts of a field of an object. */
  field(name: string): SensitiveParts | undefined {
    return this.#below((parts) => {
      const own = parts.filter(
        ({ keyword, key }) =>
          (keyword === "properties" && key === name) ||
          (keyword === "patternProperties" && new RegExp(String(key), "u").test(name)),
      );
      return own.length > 0 ? own : parts.filter(({ keyword }) => OTHER_FIELDS.has(keyword));
    });
  }

  /** The parts of an element of a list. */
  element(index: number): SensitiveParts | undefined {
    return this.#below((parts) => {
      const own = parts.filter(({ keyword, key }) => keyword === "prefixItems" && key === index);
      return own.length > 0 ? own : parts.filter(({ keyword }) => OTHER_ELEMENTS.has(keyword));
    });
  }

  #below(
    select: (parts: readonly Subschema[]) => readonly Subschema[],
  ): SensitiveParts | undefined {
    const schemas = this.#subschemas.flatMap((parts) => select(parts).map((part) => part.schema));
    const [first, ...others] = schemas.filter(isObject);
    if (!first) return undefined;
    if (others.length > 0) return new SensitiveParts(this.#root, [first, ...others], this.#known);
    const parts = this.#known.get(first) ?? new SensitiveParts(this.#root, [first], this.#known);
    this.#known.set(first, parts);
    return parts;
  }
}
