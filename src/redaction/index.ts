export { FieldNames, SECRET_FIELDS } from "./field-names.js";
export { MIN_VALUE_BYTES, REDACTED, redactedJson, storable } from "./redacted-json.js";
export type { RedactionOptions } from "./redacted-json.js";
export { SensitiveParts } from "./sensitive-parts.js";
