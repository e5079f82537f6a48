import { unreachable } from "../api-model.js";
import type { Example } from "../client-methods.js";
import { PACKAGE_NAME } from "../generator.js";
import { bracketed, type Layout } from "../layout.js";
import type { Sample } from "../sample.js";
import { attributeName } from "./names.js";
import { importFrom, literal, print } from "./source.js";

/** The text of `README.md`, with a call of one method. */
export function readmeFile(example: Example | undefined): string {
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for Python 3.10 and newer. It is generated: change the API's handlers and generate it again.

\`\`\`sh
pip install .
\`\`\`

\`\`\`python
${usage(example)}\`\`\`

A call that fails raises an \`RPCError\`, a \`ValueError\` with \`code\` and \`message\`. Params of a wrong type raise a \`pydantic.ValidationError\` before anything is sent.

\`CentrifugoRPCClient(url, "", "<user id>", get_token=get_token)\` asks your async function for the token, and for the next one before it expires.
`;
}

function usage(example: Example | undefined): string {
  const names = ["APIClient", "CentrifugoRPCClient", ...(example ? modelsIn(example.params) : [])];
  const call =
    example === undefined
      ? ""
      : `${print("params = ", layoutOf(example.params), 1)}
    print(await api.${example.identifier}(params))
`;
  return `import asyncio

${importFrom("api_client", [...new Set(names)].toSorted())}

async def main() -> None:
    url = "ws://localhost:8000/connection/websocket"
    rpc = CentrifugoRPCClient(url, "<token>", "<user id>")
    await rpc.connect()
    api = APIClient(rpc)
${call}    await rpc.disconnect()


asyncio.run(main())
`;
}

function modelsIn(sample: Sample): string[] {
  if (sample.kind === "union") return modelsIn(sample.value);
  if (sample.kind !== "object") return [];
  return [sample.model.name, ...sample.fields.flatMap((field) => modelsIn(field.value))];
}

function layoutOf(sample: Sample): Layout {
  switch (sample.kind) {
    case "scalar":
    case "enum":
      return literal(sample.value);
    case "null":
      return "None";
    case "map":
      return "{}";
    case "union":
      return layoutOf(sample.value);
    case "list":
      return bracketed("[", sample.items.map(layoutOf), "]");
    case "object": {
      const args = sample.fields.map(({ field, value }): Layout => [
        `${attributeName(field.name)}=`,
        layoutOf(value),
      ]);
      return bracketed(`${sample.model.name}(`, args, ")");
    }
    default:
      return unreachable(sample);
  }
}
