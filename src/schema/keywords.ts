/** The schemas in the value of a keyword: none, one, a list, or schemas by name. */
export type KeywordValue = "data" | "schema" | "list" | "map";

/** A keyword of JSON Schema 2020-12. */
export interface Keyword {
  readonly value: KeywordValue;
  /**
   * Whether the keyword changes which values a schema accepts or, like `default`, what they mean.
   * The others describe: `title`, `examples`, `readOnly`, …
   */
  readonly asserts: boolean;
}

/** In the order of the normal form. */
const ASSERTIONS: readonly (readonly [keywords: string, value: KeywordValue])[] = [
  ["$ref type const enum format contentEncoding contentMediaType", "data"],
  ["contentSchema", "schema"],
  ["pattern minLength maxLength", "data"],
  ["minimum exclusiveMinimum maximum exclusiveMaximum multipleOf", "data"],
  ["prefixItems", "list"],
  ["items unevaluatedItems contains", "schema"],
  ["minContains maxContains minItems maxItems uniqueItems", "data"],
  ["propertyNames", "schema"],
  ["properties patternProperties", "map"],
  ["required dependentRequired", "data"],
  ["dependentSchemas", "map"],
  ["additionalProperties unevaluatedProperties", "schema"],
  ["minProperties maxProperties", "data"],
  ["anyOf oneOf allOf", "list"],
  ["not if then else", "schema"],
  ["default $id $anchor $dynamicRef $dynamicAnchor", "data"],
  ["$defs", "map"],
];

const ANNOTATIONS = "title description deprecated readOnly writeOnly examples $comment";

/**
 * The keywords that this project knows, in the order of the normal form, in which `$defs` is last. See https://json-schema.org/draft/2020-12/json-schema-validation
 */
export const KEYWORDS: ReadonlyMap<string, Keyword> = new Map([
  ...ASSERTIONS.flatMap(([keywords, value]) => rows(keywords, { value, asserts: true })),
  ...rows(ANNOTATIONS, { value: "data", asserts: false }),
]);

function rows(keywords: string, row: Keyword): [string, Keyword][] {
  return keywords.split(" ").map((keyword) => [keyword, row]);
}
