import { unreachable } from "../api-model.js";
import type { Example } from "../client-methods.js";
import { PACKAGE_NAME } from "../generator.js";
import { bracketed, group, ifBroken, indent, join, line, type Layout } from "../layout.js";
import type { Sample } from "../sample.js";
import { literal, print, propertyKey } from "./source.js";

/** The text of `README.md`, with a call of one method. */
export function readmeFile(example: Example | undefined): string {
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for browsers and Node.js. It is generated: change the API's handlers and generate it again.

\`\`\`sh
npm install
npm run build
\`\`\`

\`\`\`ts
${usage(example)}\`\`\`

A call that fails rejects with an \`RPCError\`, which has a \`code\` and a \`message\`. In Node.js before version 22, the optional dependency \`ws\` is the WebSocket.

\`new CentrifugoRPCClient(url, "", "<user id>", { getToken })\` asks your async function for the token, and for the next one before it expires.
`;
}

function usage(example: Example | undefined): string {
  const call =
    example === undefined
      ? ""
      : `\n${print(`const result = await api.${example.identifier}`, [
          bracketedOnly(layoutOf(example.params)),
          ";",
        ])}
console.log(result);
`;
  return `import { APIClient, CentrifugoRPCClient } from "${PACKAGE_NAME}";

const url = "ws://localhost:8000/connection/websocket";
const rpc = new CentrifugoRPCClient(url, "<token>", "<user id>");
await rpc.connect();
const api = new APIClient(rpc);
${call}
rpc.disconnect();
`;
}

/** Prettier keeps the brackets of a call together with those of its only argument. */
function bracketedOnly(argument: Layout): Layout {
  return ["(", argument, ")"];
}

function layoutOf(sample: Sample): Layout {
  switch (sample.kind) {
    case "scalar":
    case "enum":
      return literal(sample.value);
    case "null":
      return "null";
    case "map":
      return "{}";
    case "union":
      return layoutOf(sample.value);
    case "list":
      return bracketed("[", sample.items.map(layoutOf), "]");
    case "object": {
      const entries = sample.fields.map(({ field, value }) => [
        `${propertyKey(field.name)}: `,
        layoutOf(value),
      ]);
      if (entries.length === 0) return "{}";
      return group("{", indent(line, join([",", line], entries)), ifBroken(","), line, "}");
    }
    default:
      return unreachable(sample);
  }
}
