import type { ApiModel } from "../model/api-model.js";
import type { Example } from "../print/client-methods.js";
import { PACKAGE_NAME } from "../print/generator.js";
import type { Names } from "./names.js";
import { literal, literalKey } from "./source.js";

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
  const fields = params.map(
    ({ field, value }) => `  ${literalKey(field.name)}: ${literal(value)},\n`,
  );
  const empty = method.params === undefined || method.allOptional ? "" : "{}";
  const argument = fields.length === 0 ? empty : `{\n${fields.join("")}}`;
  const call = `await api.${method.identifier}(${argument});\n`;
  return method.result === undefined ? call : `const result = ${call}console.log(result);\n`;
}

/** An example that handles the errors of a method. */
function declaredErrors(api: ApiModel, names: Names): string {
  const method = api.methods.find(({ errors }) => errors.length > 0);
  if (method === undefined) return "";
  const union = names.errorUnions.get(method.name);
  const cases = api.errors
    .filter(({ name }) => method.errors.includes(name))
    .map((error) => `    case ${error.code}: // ${names.error(error).name}\n      break;\n`);
  return `
An error that a method declares is of a class of its own, with typed \`details\`. \`is${union}\` reports whether an error is one of those of \`${method.name}\`:

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
