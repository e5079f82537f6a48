/** How the value of a keyword is read: as data, or as what kind of schemas. */
export type KeywordValue = "data" | "schema" | "schemas" | "schemaMap";

const DATA = [
  "type const enum multipleOf maximum exclusiveMaximum minimum exclusiveMinimum",
  "maxLength minLength pattern maxItems minItems uniqueItems maxContains minContains",
  "maxProperties minProperties required dependentRequired",
  "format contentEncoding contentMediaType default",
  "$ref $id $anchor $dynamicRef $dynamicAnchor",
];

const SCHEMA = [
  "not if then else items contains additionalProperties propertyNames",
  "unevaluatedItems unevaluatedProperties contentSchema",
];

const SCHEMAS = ["allOf anyOf oneOf prefixItems"];

const SCHEMA_MAP = ["properties patternProperties dependentSchemas $defs"];

/**
 * The keywords of JSON Schema 2020-12 that say something about the value. What only describes it
 * (`title`, `description`, `examples`, `deprecated`, …), and what the dialect does not know, is
 * missing: `default` counts, because it says what an absent field means.
 *
 * See https://json-schema.org/draft/2020-12/json-schema-validation
 */
export const KEYWORDS: ReadonlyMap<string, KeywordValue> = new Map([
  ...keywords(DATA, "data"),
  ...keywords(SCHEMA, "schema"),
  ...keywords(SCHEMAS, "schemas"),
  ...keywords(SCHEMA_MAP, "schemaMap"),
]);

function keywords(lines: string[], value: KeywordValue): [string, KeywordValue][] {
  return lines
    .join(" ")
    .split(" ")
    .map((keyword) => [keyword, value]);
}
