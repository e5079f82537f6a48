import { unreachable, type Type } from "../model/api-model.js";
import type { Sample } from "../print/sample.js";
import { constantOf } from "./models/constants.js";
import { hasConstructor } from "./models/defaults.js";
import type { GoApi } from "./go-api.js";
import { compositeBody, scalarLiteral, stringLiteral } from "./source.js";
import { goType, isBoolean, isNilable, resolved } from "./types.js";

/** The package's name, as other packages write it before its names. */
export const PREFIX = "apiclient.";

type ObjectSample = Sample & { kind: "object" };
type UnionSample = Sample & { kind: "union" };
type FormatSample = Sample & { kind: "format" };

/** A Go expression of a sample, outside of the package. */
export function expression(sample: Sample, of: Type, go: GoApi): string {
  const type = resolved(of, go.models);
  switch (sample.kind) {
    case "scalar":
      return scalarLiteral(sample.value);
    case "null":
      return type.kind === "null" ? `${PREFIX}JSONNull{}` : "nil";
    case "format":
      return formatExpression(sample);
    case "enum":
      return isBoolean(sample.model)
        ? scalarLiteral(sample.value)
        : PREFIX + go.names.constant(sample.model, sample.value);
    case "list": {
      const itemType = (type as Type & { kind: "array" }).items;
      const items = sample.items.map((item) => expression(item, itemType, go));
      return `${goType(of, go, PREFIX)}{${items.join(", ")}}`;
    }
    case "tuple": {
      const itemTypes = (type as Type & { kind: "tuple" }).items;
      const items = sample.items.map(
        (item, index) => `F${index}: ${expression(item, itemTypes[index]!, go)}`,
      );
      return `${goType(of, go, PREFIX)}{${items.join(", ")}}`;
    }
    case "map":
      return `${goType(of, go, PREFIX)}{}`;
    case "object":
      return objectExpression(sample, go);
    case "union":
      return unionExpression(sample, go);
    case "alias":
      return expression(sample.value, of, go);
    default:
      return unreachable(sample);
  }
}

function formatExpression({ format, text }: FormatSample): string {
  switch (format) {
    case "int64":
    case "uint64":
      return text;
    case "base64":
    case "base64url":
      return `[]byte(${stringLiteral(atob(text))})`;
    case "date-time":
      return "time.Now()";
    default:
      return stringLiteral(text);
  }
}

/** On one line if it is not longer than `longest`, else a line for each value. */
export function brokenExpression(sample: Sample, of: Type, longest: number, go: GoApi): string {
  const text = expression(sample, of, go);
  if (text.length <= longest || sample.kind !== "object") return text;
  const values = entriesOf(sample, go);
  return hasConstructor(sample.model, go.models)
    ? `${constructorOf(sample, go)}(\n${values.map(([, value]) => `\t\t${value},\n`).join("")}\t)`
    : `${structOf(sample, go)}${compositeBody(values)}`;
}

function objectExpression(sample: ObjectSample, go: GoApi): string {
  const values = entriesOf(sample, go);
  if (hasConstructor(sample.model, go.models)) {
    return `${constructorOf(sample, go)}(${values.map(([, value]) => value).join(", ")})`;
  }
  const entries = values.map(([name, value]) => `${name}: ${value}`);
  return `${structOf(sample, go)}{${entries.join(", ")}}`;
}

function constructorOf({ model }: ObjectSample, go: GoApi): string {
  return PREFIX + go.names.constructorOf(model);
}

function structOf({ model }: ObjectSample, go: GoApi): string {
  return PREFIX + go.names.type(model.name);
}

/** What has to be written: constructors take every required field, struct literals need no nil. */
function entriesOf({ model, fields }: ObjectSample, go: GoApi): [string, string][] {
  const names = go.names.fields(model);
  return fields
    .filter(({ field }) => constantOf(field, go) === undefined)
    .filter(({ value }) => value.kind !== "null" || hasConstructor(model, go.models))
    .map(({ field, value }) => [names.get(field.name)!, expression(value, field.type, go)]);
}

function unionExpression(sample: UnionSample, go: GoApi): string {
  const { model, variant } = sample;
  const value = expression(sample.value, variant.type, go);
  if (model.ambiguous) return `${PREFIX}${go.names.anyOf(model, variant)}(${value})`;
  const name = go.names.variants(model).get(variant)!;
  const given = isNilable(variant.type, go.models) ? value : pointerTo(sample, value, go);
  return `${PREFIX}${go.names.type(model.name)}{${name}: ${given}}`;
}

/** Literals have no type of their own. */
function pointerTo({ variant, value }: UnionSample, text: string, go: GoApi): string {
  const isLiteral = value.kind === "scalar" || value.kind === "format" || value.kind === "alias";
  return `${PREFIX}Ptr${isLiteral ? `[${goType(variant.type, go, PREFIX)}]` : ""}(${text})`;
}
