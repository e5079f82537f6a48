export { FieldNames, SECRET_FIELDS } from "./field-names.js";
export { MIN_VALUE_BYTES, redactedJson, storable } from "./redacted-json.js";
export type { RedactionOptions } from "./redacted-json.js";
export { REDACTED, Secrets } from "./secrets.js";
export { SensitiveParts } from "./sensitive-parts.js";
