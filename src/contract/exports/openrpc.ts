import {
  isObject,
  withoutUndefined,
  type Contract,
  type ContractErrorType,
  type ContractExample,
  type ContractMethod,
  type JsonSchema,
} from "../../protocol/index.js";
import { resolveReference } from "../../schema/index.js";
import { Definitions } from "./definitions.js";
import { draft7, type Draft7Schema } from "./draft7.js";

/** The title and version of the API in an OpenRPC document. */
export interface OpenRpcInfo {
  title: string;
  version: string;
}

/** An OpenRPC document: https://spec.open-rpc.org */
export interface OpenRpcDocument {
  openrpc: string;
  info: OpenRpcInfo;
  methods: OpenRpcMethod[];
  components: { schemas: Record<string, Draft7Schema> };
}

interface OpenRpcMethod {
  name: string;
  description?: string;
  deprecated?: true;
  paramStructure: "by-name" | "by-position";
  params: ContentDescriptor[];
  result: ContentDescriptor;
  errors?: { code: number; message: string }[];
  examples?: OpenRpcExample[];
  /** Why the method is deprecated. */
  "x-deprecated"?: string;
  "x-idempotent"?: true;
  /** The params are a single value, not an object; the only content descriptor is that value. */
  "x-params-value"?: true;
  /** The name of each declared error by its code, and the schema of its details. */
  "x-errors"?: Record<string, { name: string; details?: Draft7Schema }>;
}

interface ContentDescriptor {
  name: string;
  description?: string;
  required?: true;
  deprecated?: true;
  schema: Draft7Schema;
}

interface OpenRpcExample {
  name: string;
  description?: string;
  params: { name: string; value: unknown }[];
  result?: { name: string; value: unknown };
}

/**
 * Exports a contract as an OpenRPC 1.3 document. Object params become params by name. Fields that
 * start with `x-` hold what OpenRPC cannot express.
 */
export function toOpenRpc(contract: Contract, info: OpenRpcInfo): OpenRpcDocument {
  const definitions = new Definitions("#/components/schemas/");
  const methods = contract.methods.map((method) => openRpcMethod(method, definitions));
  const schemas = Object.entries(definitions.schemas());
  return {
    openrpc: "1.3.2",
    info,
    methods,
    components: {
      schemas: Object.fromEntries(schemas.map(([name, schema]) => [name, draft7(schema)])),
    },
  };
}

function openRpcMethod(method: ContractMethod, definitions: Definitions): OpenRpcMethod {
  const { name, description, deprecated, idempotent, errors = [], examples = [] } = method;
  const result = definitions.place(method.result ?? { type: "null" }, `${name}.result`);
  return withoutUndefined({
    name,
    description,
    deprecated: deprecated === undefined ? undefined : (true as const),
    "x-deprecated": typeof deprecated === "string" ? deprecated : undefined,
    "x-idempotent": idempotent,
    ...openRpcParams(method, definitions),
    result: { name: "result", schema: draft7(result) },
    ...(errors.length === 0 ? {} : openRpcErrors(errors, definitions)),
    examples: examples.length > 0 ? examples.map(openRpcExample(method)) : undefined,
  });
}

function openRpcParams(
  { name, params }: ContractMethod,
  definitions: Definitions,
): Pick<OpenRpcMethod, "paramStructure" | "params" | "x-params-value"> {
  if (params === undefined) return { paramStructure: "by-name", params: [] };
  const place = (schema: JsonSchema): Draft7Schema =>
    draft7(definitions.place(schema, `${name}.params`, params));
  const fields = fieldsOf(params);
  if (fields) {
    const descriptors = fields.map(({ schema, ...field }) => ({ ...field, schema: place(schema) }));
    return { paramStructure: "by-name", params: descriptors };
  }
  return {
    paramStructure: "by-position",
    params: [{ name: "params", required: true, schema: place(params) }],
    "x-params-value": true,
  };
}

/** The fields of object params that have known fields only; `undefined` for other params. */
function fieldsOf(params: JsonSchema): (ContentDescriptor & { schema: JsonSchema })[] | undefined {
  const object = objectOf(params);
  if (object === undefined) return undefined;
  const { properties, required } = object;
  const isRequired = new Set(Array.isArray(required) ? required : []);
  const fields = Object.entries(isObject(properties) ? properties : {}) as [string, JsonSchema][];
  // OpenRPC names are not empty.
  if (fields.some(([name]) => name === "")) return undefined;
  return fields.map(([name, schema]) => {
    const { description, deprecated } = isObject(schema) ? schema : {};
    return withoutUndefined({
      name,
      description: typeof description === "string" ? description : undefined,
      required: isRequired.has(name) ? (true as const) : undefined,
      deprecated: deprecated === true ? (true as const) : undefined,
      schema,
    });
  });
}

/** The schema of an object with known fields, following references. */
function objectOf(params: JsonSchema): Readonly<Record<string, unknown>> | undefined {
  let schema: unknown = params;
  const seen = new Set<unknown>();
  while (isObject(schema) && "$ref" in schema && !seen.has(schema)) {
    seen.add(schema);
    schema = resolveReference(params, schema["$ref"]);
  }
  if (!isObject(schema) || schema["type"] !== "object") return undefined;
  const others = ["allOf", "anyOf", "oneOf", "$ref", "patternProperties", "propertyNames"];
  const isPlain = others.every((keyword) => !(keyword in schema));
  const rest = schema["additionalProperties"];
  return isPlain && typeof rest !== "object" && rest !== true ? schema : undefined;
}

function openRpcErrors(
  errors: readonly ContractErrorType[],
  definitions: Definitions,
): Pick<OpenRpcMethod, "errors" | "x-errors"> {
  return {
    errors: errors.map(({ name, code, description }) => ({ code, message: description ?? name })),
    "x-errors": Object.fromEntries(
      errors.map(({ name, code, details }) => [
        String(code),
        withoutUndefined({
          name,
          details: details && draft7(definitions.place(details, `${name}.details`)),
        }),
      ]),
    ),
  };
}

function openRpcExample({ params }: ContractMethod) {
  const isByName = params === undefined || fieldsOf(params) !== undefined;
  return (example: ContractExample, index: number): OpenRpcExample => {
    const whole = { params: example.params };
    const values = Object.entries(isByName ? (example.params ?? {}) : whole) as [string, unknown][];
    return {
      name: example.description ?? `example ${index + 1}`,
      params: ("params" in example ? values : []).map(([name, value]) => ({ name, value })),
      ...("result" in example ? { result: { name: "result", value: example.result } } : {}),
    };
  };
}
