import type { ClientMethod, Example } from "../print/client-methods.js";
import { PACKAGE_NAME } from "../print/generator.js";
import type { PythonNames } from "./names.js";
import { literal } from "./source.js";

/** The text of `README.md`, with a call of one method. */
export function readmeFile(
  example: Example | undefined,
  methods: readonly ClientMethod[],
  names: PythonNames,
): string {
  return `# ${PACKAGE_NAME}

The typed client of an API over Centrifugo, for Python 3.10 and newer. It is generated: change the API's handlers and generate it again.

\`\`\`sh
pip install .
\`\`\`

\`\`\`python
${usage(example, names)}\`\`\`

\`CentrifugoRPCClient(url, "", "<user id>", get_token=get_token)\` asks your async function for the token, and for the next one before it expires.

## Models

Models are [pydantic](https://docs.pydantic.dev/) models. Only the fields that you set are sent, so the server's defaults apply to the others. \`model_fields_set\` shows whether a field of a result was absent or \`null\`.

${FORMATS}
Where a server may send more than this client knows, the types show it: an enum of texts is \`Literal[…] | str\`, and a union of models has \`UnknownVariant\`, whose \`root\` is the object as it came. Tell the models of a union apart with \`isinstance\`.

## Errors

A call that fails raises an \`RPCError\`, a \`ValueError\` with \`code\`, \`message\` and \`details\`. Params of a wrong type raise a \`pydantic.ValidationError\` when they are made, before anything is sent. A result that does not match the API's contract raises an \`RPCError\` with the code 502, whose \`details["issues"]\` say where.
${declaredErrors(methods, names)}`;
}

const FORMATS = `| in the contract            | in Python                                     |
| -------------------------- | --------------------------------------------- |
| \`int64\`, \`uint64\`          | \`int\`                                         |
| \`decimal\`                  | \`decimal.Decimal\`                             |
| \`base64\`, \`base64url\`      | \`bytes\`                                       |
| \`date-time\`                | \`datetime.datetime\` with a timezone           |
| \`date\`, \`time\`             | \`datetime.date\`, \`datetime.time\`              |
| \`duration\`                 | \`datetime.timedelta\`; no years and no months  |
| \`uuid\`                     | \`uuid.UUID\`                                   |
`;

function declaredErrors(methods: readonly ClientMethod[], names: PythonNames): string {
  const method = methods.find(({ errors }) => errors.length > 0);
  const [error] = method?.errors ?? [];
  if (method === undefined || error === undefined) return "";
  const name = names.error(error).name;
  const shown = ["error.message", ...(error.details === undefined ? [] : ["error.details"])];
  const args = method.params === undefined ? "" : "params";
  return `
The errors that a method declares have classes of their own, with the type of their details:

\`\`\`python
from api_client import ${name}

try:
    await api.${method.identifier}(${args})
except ${name} as error:
    print(${shown.join(", ")})
\`\`\`
`;
}

function usage(example: Example | undefined, names: PythonNames): string {
  const model = example?.method.paramsModel && names.model(example.method.paramsModel.name).name;
  const imported = ["APIClient", "CentrifugoRPCClient", ...(model ? [model] : [])];
  return `import asyncio

from api_client import ${imported.join(", ")}


async def main() -> None:
    url = "ws://localhost:8000/connection/websocket"
    rpc = CentrifugoRPCClient(url, "<token>", "<user id>")
    await rpc.connect()
    api = APIClient(rpc)
${example === undefined ? "" : callOf(example, names)}    await rpc.disconnect()


asyncio.run(main())
`;
}

function callOf({ method, params }: Example, names: PythonNames): string {
  const model = method.paramsModel;
  const fields = params.map(
    ({ field, value }) => `        ${names.attribute(model!, field)}=${literal(value)},\n`,
  );
  const empty = model === undefined ? "" : `${names.model(model.name).name}()`;
  const made =
    fields.length === 0 ? "" : `    params = ${empty.slice(0, -1)}\n${fields.join("")}    )\n`;
  const call = `await api.${method.identifier}(${made === "" ? empty : "params"})`;
  return `${made}    ${method.result === undefined ? call : `print(${call})`}\n`;
}
