import {
  isObject,
  withoutUndefined,
  type Contract,
  type ContractErrorType,
  type ContractMethod,
  type JsonSchema,
} from "../../protocol/index.js";
import { Definitions } from "./definitions.js";

/**
 * Exports the schemas of a contract as one JSON Schema document. Its `$defs` hold, by name:
 *
 * - `<method>.params` and `<method>.result`, with the method's description, deprecation and examples
 * - `<Error>.error`: an error as it appears in a reply, `{ code, message, details }`
 * - the models that these reference
 */
export function toJsonSchema(contract: Contract): JsonSchema {
  const schemas = new Map<string, JsonSchema>();
  for (const method of contract.methods) {
    const { name, params, result, errors = [] } = method;
    if (params !== undefined) schemas.set(`${name}.params`, documented(params, method, "params"));
    if (result !== undefined) schemas.set(`${name}.result`, documented(result, method, "result"));
    for (const error of errors) schemas.set(`${error.name}.error`, errorSchema(error));
  }
  const definitions = new Definitions("#/$defs/", schemas.keys());
  for (const [name, schema] of schemas) definitions.define(name, schema);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $defs: definitions.schemas(),
  };
}

/** Adds the method's documentation to a schema, whose own documentation takes precedence. */
function documented(
  schema: JsonSchema,
  { description, deprecated, examples = [] }: ContractMethod,
  part: "params" | "result",
): JsonSchema {
  const values = examples.filter((example) => part in example).map((example) => example[part]);
  const documents = withoutUndefined({
    description,
    deprecated: deprecated === undefined ? undefined : true,
    examples: values.length > 0 ? values : undefined,
  });
  if (Object.keys(documents).length === 0) return schema;
  if (schema === false) return { not: {}, ...documents };
  return { ...documents, ...(isObject(schema) ? schema : {}) };
}

function errorSchema({ name, code, description, details }: ContractErrorType): JsonSchema {
  const { $defs, ...own } = isObject(details) ? details : {};
  return withoutUndefined({
    title: name,
    description,
    type: "object",
    properties: withoutUndefined({
      code: { const: code },
      message: { type: "string" },
      details: isObject(details) ? own : details,
    }),
    required: ["code", "message", ...(details === undefined ? [] : ["details"])],
    $defs,
  });
}
