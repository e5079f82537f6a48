import { isObject, type JsonSchema } from "../../protocol/index.js";
import { sameValueSchemas, type SchemaObject, subschemas } from "../../schema/index.js";

const OPEN = ["additionalProperties", "unevaluatedProperties", "patternProperties"];

/** A field of a value that its schema does not name. */
export interface UnknownField {
  /** As in `filter.done` and `items.0.nmae`. */
  readonly path: string;
  /** The fields that the schema names. */
  readonly known: readonly string[];
}

/**
 * Finds the fields of a value that its schema does not name, most of which servers ignore. Objects
 * whose schema names no field or describes other fields too are open.
 */
export function unknownFields(value: unknown, schema: JsonSchema | undefined): UnknownField[] {
  return isObject(schema) ? unknownIn(value, [schema], schema, []) : [];
}

function unknownIn(
  value: unknown,
  schemas: readonly SchemaObject[],
  root: SchemaObject,
  path: readonly (string | number)[],
): UnknownField[] {
  if (typeof value !== "object" || value === null || schemas.length === 0) return [];
  const parts = [...sameValueSchemas(root, schemas)].flatMap((schema) => subschemas(schema));
  const below = (field: unknown, key: string | number, keywords: readonly string[]) => {
    const inner = parts.filter(
      (part) => keywords.includes(part.keyword) && (part.key ?? key) === key,
    );
    return unknownIn(field, inner.map((part) => part.schema).filter(isObject), root, [
      ...path,
      key,
    ]);
  };
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => below(element, index, ["prefixItems", "items"]));
  }
  const known = new Set(
    parts.flatMap(({ keyword, key }) => (keyword === "properties" ? [String(key)] : [])),
  );
  const isOpen =
    known.size === 0 ||
    parts.some(({ keyword, schema }) => OPEN.includes(keyword) && schema !== false);
  return Object.entries(value).flatMap(([name, field]) => {
    if (known.has(name)) return below(field, name, ["properties"]);
    return isOpen ? [] : [{ path: [...path, name].join("."), known: [...known] }];
  });
}
