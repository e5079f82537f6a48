import { CentrifugoRPCClient, RPCError } from "../../client/index.js";
import type { ContractMethod } from "../../protocol/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";
import { printable } from "../output/printable.js";
import { readDevState } from "../project/dev-state.js";
import { findMethod } from "../project/gateway.js";
import { unknownFields } from "../project/unknown-fields.js";
import { requireEnabled } from "../enabled.js";
import { parseJson, readArgument } from "../json.js";
import { signToken, userOf } from "./token.js";

export interface CallCommandOptions {
  url?: string;
  token?: string;
  user: string;
  timeout?: number;
}

/** The default deadline of a call, in seconds. */
const TIMEOUT_S = 30;

/** How much longer than the call its token is valid, in seconds. */
const TOKEN_MARGIN_S = 60;

/** `call`: calls a method and prints its result as JSON. */
export async function call(
  method: string,
  paramsText: string,
  options: CallCommandOptions,
): Promise<void> {
  const params = parseJson(await readArgument(paramsText), "the params are");
  const settings = await loadProjectSettings();
  requireEnabled(settings);
  const url = options.url ?? settings.centrifugoUrl ?? readDevState()?.url;
  if (!url) {
    throw new CliError(
      `no server to call: use --url, set CENTRIFUGO_URL, or run "centrifugo-rpc dev" in this folder`,
    );
  }
  const seconds = options.timeout ?? settings.ackTimeout ?? TIMEOUT_S;
  const expires = seconds + TOKEN_MARGIN_S;
  const token = options.token ?? (await signToken({ user: options.user, expires }));
  const userId = options.token === undefined ? options.user : userOf(options.token);
  const rpc = new CentrifugoRPCClient(url, token, userId, { timeout: seconds * 1000 });
  // The contract of a server that --url names is not known.
  const declared = options.url === undefined ? findMethod(settings, method) : undefined;
  await rpc.connect();
  try {
    const result: unknown = await rpc.call(method, params);
    warnOfUnknownFields(method, params, await declared);
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  } catch (error) {
    if (!(error instanceof RPCError)) throw error;
    warnOfUnknownFields(method, params, await declared);
    throw new CliError(describeFailure(error, await declared), { cause: error });
  } finally {
    rpc.disconnect();
  }
}

/** The server may ignore such fields: a misspelt optional one has no effect. */
function warnOfUnknownFields(method: string, params: unknown, declared?: ContractMethod): void {
  for (const { path, known } of unknownFields(params, declared?.params)) {
    const fields = known.join(", ");
    process.stderr.write(
      `${printable(`warning: ${method} has no param ${path}; its fields there: ${fields}`)}\n`,
    );
  }
}

function describeFailure(error: RPCError, method: ContractMethod | undefined): string {
  const { code, message, details, correlationId } = error;
  const name = method?.errors?.find((declared) => declared.code === code)?.name;
  return [
    `the call failed with ${code}${name === undefined ? "" : ` (${name})`}: ${message}`,
    ...(details === undefined ? [] : [`details: ${JSON.stringify(details)}`]),
    ...(correlationId === undefined ? [] : [`correlation ID: ${correlationId}`]),
  ]
    .map(printable)
    .join("\n");
}
