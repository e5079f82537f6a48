import { unreachable, type Models } from "../api-model.js";
import type { Example } from "../client-methods.js";
import { PACKAGE_NAME } from "../generator.js";
import type { Sample } from "../sample.js";
import { constantOf, hasConstructor } from "./fields.js";
import { constantName, fieldName } from "./identifiers.js";
import { compositeBody, scalarLiteral } from "./source.js";
import { goType, isNilable } from "./types.js";
import { variantFields } from "./unions.js";

const PREFIX = "apiclient.";

/** The longest expression on one line. */
const LONGEST = 80;

type ObjectSample = Sample & { kind: "object" };
type UnionSample = Sample & { kind: "union" };

/** The text of `README.md`, with a call of one method. */
export function readmeFile(example: Example | undefined, models: Models): string {
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for Go. It is generated: change the API's handlers and generate it again.

Use it from another module with \`go mod edit -require=apiclient@v0.0.0 -replace=apiclient=<this folder>\` and \`go mod tidy\`.

\`\`\`go
${usage(example, models)}\`\`\`

A call that fails returns an \`*apiclient.RPCError\` with \`Code\` and \`Message\`. The context ends a call.

\`apiclient.NewAPIClient(url, "", "<user id>", apiclient.WithGetToken(getToken))\` asks your function for the token, and for the next one before it expires.
`;
}

function usage(example: Example | undefined, models: Models): string {
  const call =
    example === undefined
      ? ""
      : `
	params := ${paramsExpression(example.params, models)}
	result, err := api.${example.identifier}(ctx, params)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("%+v", *result)
`;
  return `package main

import (
	"context"
	"log"

	"apiclient"
)

func main() {
	ctx := context.Background()
	url := "ws://localhost:8000/connection/websocket"
	api := apiclient.NewAPIClient(url, "<token>", "<user id>")
	if err := api.Connect(ctx); err != nil {
		log.Fatal(err)
	}
	defer api.Disconnect()
${call}}
`;
}

function expression(sample: Sample, models: Models): string {
  switch (sample.kind) {
    case "scalar":
      return scalarLiteral(sample.value);
    case "null":
      return "nil";
    case "enum":
      return sample.model.base === "boolean"
        ? scalarLiteral(sample.value)
        : PREFIX + constantName(sample.model, sample.value);
    case "list": {
      const items = sample.items.map((item) => expression(item, models)).join(", ");
      return `${goType(sample.type, models, PREFIX)}{${items}}`;
    }
    case "map":
      return `${goType(sample.type, models, PREFIX)}{}`;
    case "object":
      return objectExpression(sample, models);
    case "union":
      return unionExpression(sample, models);
    default:
      return unreachable(sample);
  }
}

/** On one line if that is not too long, else a line for each of the params. */
function paramsExpression(sample: Sample, models: Models): string {
  const text = expression(sample, models);
  if (text.length <= LONGEST || sample.kind !== "object") return text;
  const values = entriesOf(sample, models);
  return hasConstructor(sample.model)
    ? `${constructorOf(sample)}(\n${values.map(([, value]) => `\t\t${value},\n`).join("")}\t)`
    : `${PREFIX}${sample.model.name}${compositeBody(values)}`;
}

function objectExpression(sample: ObjectSample, models: Models): string {
  const values = entriesOf(sample, models);
  if (hasConstructor(sample.model)) {
    return `${constructorOf(sample)}(${values.map(([, value]) => value).join(", ")})`;
  }
  const entries = values.map(([name, value]) => `${name}: ${value}`);
  return `${PREFIX}${sample.model.name}{${entries.join(", ")}}`;
}

function constructorOf({ model }: ObjectSample): string {
  return `${PREFIX}New${model.name}`;
}

/** What has to be written: constructors take every required field, struct literals need no nil. */
function entriesOf({ model, fields }: ObjectSample, models: Models): [string, string][] {
  return fields
    .filter(({ field }) => constantOf(field, models) === undefined)
    .filter(({ value }) => value.kind !== "null" || hasConstructor(model))
    .map(({ field, value }) => [fieldName(field.name), expression(value, models)]);
}

function unionExpression(sample: UnionSample, models: Models): string {
  const fields = variantFields(sample.model, models);
  const name = fields.find(({ variant }) => variant === sample.variant)!.name;
  const value = expression(sample.value, models);
  const isPointed = !isNilable(sample.variant.type);
  return `${PREFIX}${sample.model.name}{${name}: ${isPointed ? pointerTo(sample, value, models) : value}}`;
}

function pointerTo(sample: UnionSample, value: string, models: Models): string {
  const type = goType(sample.variant.type, models, PREFIX);
  return `${PREFIX}Ptr${sample.value.kind === "scalar" ? `[${type}]` : ""}(${value})`;
}
