export { canonicalSchema, canonicalText } from "./canonical.js";
export { KEYWORDS } from "./keywords.js";
export type { Keyword, KeywordValue } from "./keywords.js";
export { normalSchema } from "./normal-form.js";
export { definitionName, encodedKey, pointerKeys, resolveReference } from "./pointer.js";
export {
  mapSubschemas,
  referencesIn,
  sameValueSchemas,
  subschemas,
  transformReached,
  visitSchemas,
} from "./traverse.js";
export type { Reached, SchemaObject, Subschema } from "./traverse.js";
