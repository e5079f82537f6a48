export { Codec } from "./codec.js";
export type { ApiSchemas, ErrorSchema, MethodSchema, TypeNode, TypeSchema } from "./schema.js";
export { TypedCalls } from "./typed-calls.js";
export type { APIClientOptions } from "./typed-calls.js";
export type { UnknownVariant } from "./unknown-variant.js";
