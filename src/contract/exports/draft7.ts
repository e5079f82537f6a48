import { isObject, type JsonSchema } from "../../protocol/index.js";
import { mapSubschemas } from "../../schema/index.js";

/** A schema of draft 7 of JSON Schema, which OpenRPC 1.3 uses. */
export type Draft7Schema = boolean | { readonly [keyword: string]: unknown };

/** Converts to draft 7, where tuples are lists in `items` and keywords next to `$ref` are ignored. */
export function draft7(schema: JsonSchema): Draft7Schema {
  if (!isObject(schema)) return schema;
  const { $ref, prefixItems, ...rest } = mapSubschemas(schema, (part) =>
    draft7(part as JsonSchema),
  );
  if (prefixItems !== undefined) {
    const { items, ...others } = rest;
    const following = items === undefined ? {} : { additionalItems: items };
    return besideReference($ref, { ...others, items: prefixItems, ...following });
  }
  return besideReference($ref, rest);
}

function besideReference($ref: unknown, rest: Record<string, unknown>): Draft7Schema {
  if ($ref === undefined) return rest;
  return Object.keys(rest).length === 0 ? { $ref } : { ...rest, allOf: [{ $ref }, ...allOf(rest)] };
}

function allOf({ allOf }: Record<string, unknown>): unknown[] {
  return Array.isArray(allOf) ? allOf : [];
}
