import type { ApiError } from "../model/api-model.js";
import type { Example } from "../print/client-methods.js";
import { PACKAGE_NAME } from "../print/generator.js";
import { flatText } from "../print/source-file.js";
import { resultForm } from "./client.js";
import type { GoApi } from "./go-api.js";
import { constantOf } from "./models/constants.js";
import { hasConstructor } from "./models/defaults.js";
import { scalarLiteral, structLiteral } from "./source.js";

/** The text of `README.md`, with a call of one method. */
export function readmeFile(example: Example | undefined, go: GoApi): string {
  const hasMethods = go.api.methods.length > 0;
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for Go. It is generated: change the API's handlers and generate it again.

Use it from another module with \`go mod edit -require=apiclient@v0.0.0 -replace=apiclient=<this folder>\` and \`go mod tidy\`.

\`\`\`go
${programText(example, go)}\`\`\`

A call that fails returns an \`*apiclient.RPCError\` with \`Code\` and \`Message\`. The context ends a call.

\`apiclient.NewAPIClient(url, "", "<user id>", apiclient.WithGetToken(getToken))\` asks your function for the token, and for the next one before it expires.
${hasMethods ? VALUES : ""}${errorsSection(go)}${hasMethods ? RESULTS : ""}`;
}

function programText(example: Example | undefined, go: GoApi): string {
  const declared = example?.method.errors[0];
  return `package main

import (
	"context"
${declared === undefined ? "" : '\t"errors"\n'}	"log"

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
${example === undefined ? "" : callText(example, go)}}
`;
}

function callText(example: Example, go: GoApi): string {
  const { method } = example;
  const form = resultForm(method.result, go);
  const params = paramsText(example, go);
  const call = `api.${method.identifier}(ctx${params === "" ? "" : ", params"})`;
  const [first] = method.errors;
  const declared = first === undefined ? "" : declaredText(first, go);
  const start = form === "none" ? `err := ${call}` : `result, err := ${call}`;
  const end = form === "none" ? "" : `\tlog.Printf("%+v", ${form === "struct" ? "*" : ""}result)\n`;
  const refused = `\tif err != nil {\n\t\tlog.Fatal(err)\n\t}\n`;
  return `\n${params}\t${start}\n${declared}${refused}${end}`;
}

/** The declaration of the params; empty for a method without params. */
function paramsText({ method, params }: Example, go: GoApi): string {
  const model = method.paramsModel;
  if (model === undefined) return "";
  const names = go.names.fields(model);
  const given = params
    .filter(({ field }) => constantOf(field, go) === undefined)
    .map(({ field, value }) => [names.get(field.name)!, scalarLiteral(value)] as const);
  const made = hasConstructor(model, go.models)
    ? `${go.names.constructorOf(model)}(${given.map(([, value]) => value).join(", ")})`
    : go.names.type(model.name) + (given.length === 0 ? "{}" : flatText(structLiteral(given)));
  return `\tparams := apiclient.${made.replaceAll("\n", "\n\t")}\n`;
}

/** How a declared error is found. */
function declaredText(error: ApiError, go: GoApi): string {
  const name = go.names.type(error.name);
  const shown =
    error.details === undefined ? "declared.Message" : "declared.Message, declared.Details";
  return `	var declared *apiclient.${name}
	if errors.As(err, &declared) {
		log.Fatal(${shown})
	}
`;
}

function errorsSection(go: GoApi): string {
  const [first] = go.api.errors;
  if (first === undefined) return "";
  const example = declaredText(first, go).replace(/^\t/gm, "");
  return `
## Errors of the API

What methods declare that they fail with has a type of its own, with typed \`Details\`. It is in the \`*apiclient.RPCError\`:

\`\`\`go
${example}\`\`\`
`;
}

const VALUES = `
## Optional values and null

- An optional field is a pointer, and nil when it is absent; \`apiclient.Ptr(value)\` makes one. Lists and maps are nil themselves. What can be null is a pointer as well.
- An optional field that can also be null is an \`apiclient.Optional\`: \`apiclient.Some(value)\`, \`apiclient.Null[T]()\`, or its zero value when it is absent. \`Get\` and \`IsNull\` read it.
- Params with defaults have a constructor, \`New…\`, that fills them in.
`;

const RESULTS = `
## Results are checked

A result that does not match the contract is an error with code 502 (\`rpc.CodeInvalidResult\`), and its \`Details\` name the places. \`api.WithoutResultValidation()\` returns a client that takes results as they are.
`;
