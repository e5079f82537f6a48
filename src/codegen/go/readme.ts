import { unreachable, type Models } from "../api-model.js";
import type { Example } from "../client-methods.js";
import { PACKAGE_NAME } from "../generator.js";
import type { Sample, SampleField } from "../sample.js";
import { constantOf, hasConstructor } from "./fields.js";
import { constantName, fieldName } from "./identifiers.js";
import { scalarLiteral } from "./source.js";
import { goType, isNilable } from "./types.js";
import { variantFields } from "./unions.js";

const PREFIX = "apiclient.";

/** The text of `README.md`, with a call of one method. */
export function readmeFile(example: Example | undefined, models: Models): string {
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for Go. It is generated: change the API's handlers and generate it again.

Use it from another module with \`go mod edit -require=apiclient@v0.0.0 -replace=apiclient=<this folder>\` and \`go mod tidy\`.

\`\`\`go
${usage(example, models)}\`\`\`

A call that fails returns an \`*apiclient.RPCError\` with \`Code\` and \`Message\`. The context ends a call.
`;
}

function usage(example: Example | undefined, models: Models): string {
  const call =
    example === undefined
      ? ""
      : `
	result, err := api.${example.identifier}(ctx, ${expression(example.params, models)})
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

function objectExpression(sample: Sample & { kind: "object" }, models: Models): string {
  const { model } = sample;
  const fields = sample.fields.filter(({ field }) => !constantOf(field, models));
  const value = (field: SampleField) => expression(field.value, models);
  if (hasConstructor(model)) {
    return `${PREFIX}New${model.name}(${fields.map(value).join(", ")})`;
  }
  const entries = fields
    .filter((field) => field.value.kind !== "null")
    .map((field) => `${fieldName(field.field.name)}: ${value(field)}`);
  return `${PREFIX}${model.name}{${entries.join(", ")}}`;
}

function unionExpression(sample: Sample & { kind: "union" }, models: Models): string {
  const fields = variantFields(sample.model, models);
  const name = fields.find(({ variant }) => variant === sample.variant)!.name;
  const value = expression(sample.value, models);
  const isPointed = !isNilable(sample.variant.type);
  return `${PREFIX}${sample.model.name}{${name}: ${isPointed ? pointerTo(sample, value, models) : value}}`;
}

function pointerTo(sample: Sample & { kind: "union" }, value: string, models: Models): string {
  const type = goType(sample.variant.type, models, PREFIX);
  return `${PREFIX}Ptr${sample.value.kind === "scalar" ? `[${type}]` : ""}(${value})`;
}
