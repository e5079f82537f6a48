import { unreachable, type ApiModel, type WireFormat } from "../model/api-model.js";
import type { Example } from "../print/client-methods.js";
import { PACKAGE_NAME } from "../print/generator.js";
import { bracketed, group, ifBroken, indent, join, line, type Layout } from "../print/layout.js";
import type { Sample } from "../print/sample.js";
import type { Names } from "./names.js";
import { literal, literalKey, print, stringLiteral } from "./source.js";

/** The text of `README.md`, with a call of one method. */
export function readmeFile(api: ApiModel, names: Names, example: Example | undefined): string {
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for browsers and Node.js. It is generated: change the API's handlers and generate it again.

\`\`\`sh
npm install
npm run build
\`\`\`

\`\`\`ts
${usage(example)}\`\`\`

In Node.js before version 22, the optional dependency \`ws\` is the WebSocket.

\`new CentrifugoRPCClient(url, "", "<user id>", { getToken })\` asks your async function for the token, and for the next one before it expires.

## Types

Integers of 64 bits are \`bigint\`, bytes are \`Uint8Array\`. Dates, times, decimals and UUIDs are strings; their doc comments say \`@format\`. A type with \`(string & {})\` or \`UnknownVariant\` in it has room for what a newer server may send: in a \`switch\` over an object's kind, \`UnknownVariant\` is the case \`undefined\`.

## Errors

A call that fails rejects with an \`RPCError\`, which has a \`code\` and a \`message\`. Params that do not match their types are refused before anything is sent, with the code 400. A result that does not match rejects with 502. Both have \`details.issues\`: a list of \`{ path, message }\`. \`new APIClient(rpc, { validateResults: false })\` does not check results that need no decoding.
${declaredErrors(api, names)}`;
}

function usage(example: Example | undefined): string {
  return `import { APIClient, CentrifugoRPCClient } from "${PACKAGE_NAME}";

const url = "ws://localhost:8000/connection/websocket";
const rpc = new CentrifugoRPCClient(url, "<token>", "<user id>");
await rpc.connect();
const api = new APIClient(rpc);
${example === undefined ? "" : `\n${callOf(example)}`}
rpc.disconnect();
`;
}

function callOf({ method, params }: Example): string {
  // Prettier keeps the brackets of a call together with those of its only argument.
  const call = ["(", params === undefined ? "" : layoutOf(params), ");"];
  if (method.result === undefined) return `${print(`await api.${method.identifier}`, call)}\n`;
  const head = `const result = await api.${method.identifier}`;
  return `${print(head, call)}\nconsole.log(result);\n`;
}

/** How to handle the errors of a method that declares some. */
function declaredErrors(api: ApiModel, names: Names): string {
  const method = api.methods.find(({ errors }) => errors.length > 0);
  if (method === undefined) return "";
  const union = names.errorUnions.get(method.name);
  const cases = method.errors.map((name) => {
    const { code } = api.errors.find((error) => error.name === name)!;
    return `    case ${code}: // ${names.types.get(name)}\n      break;\n`;
  });
  return `
An error that a method declares is of a class of its own, with typed \`details\`. \`is${union}\` tells whether an error is one of those of \`${method.name}\`:

\`\`\`ts
import { is${union} } from "${PACKAGE_NAME}";

function handle(error: unknown): void {
  if (!is${union}(error)) throw error;
  switch (error.code) {
${cases.join("")}  }
}
\`\`\`
`;
}

function layoutOf(sample: Sample): Layout {
  switch (sample.kind) {
    case "scalar":
    case "enum":
      return literal(sample.value);
    case "format":
      return formatLayout(sample.format, sample.text);
    case "null":
      return "null";
    case "map":
      return "{}";
    case "union":
    case "alias":
      return layoutOf(sample.value);
    case "list":
    case "tuple":
      return bracketed("[", sample.items.map(layoutOf), "]");
    case "object": {
      const entries = sample.fields.map(({ field, value }) => [
        `${literalKey(field.name)}: `,
        layoutOf(value),
      ]);
      if (entries.length === 0) return "{}";
      return group("{", indent(line, join([",", line], entries)), ifBroken(","), line, "}");
    }
    default:
      return unreachable(sample);
  }
}

function formatLayout(format: WireFormat, text: string): Layout {
  switch (format) {
    case "int64":
    case "uint64":
      return `${text}n`;
    case "base64":
    case "base64url":
      return `new TextEncoder().encode(${stringLiteral(atob(text))})`;
    default:
      return stringLiteral(text);
  }
}
