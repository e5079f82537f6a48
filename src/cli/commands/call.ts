import { text } from "node:stream/consumers";
import { decodeJwt } from "jose";
import { CentrifugoRPCClient } from "../../client/index.js";
import { isUserId } from "../../protocol/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { CliError } from "../output/cli-error.js";
import { readDevState } from "../project/dev-state.js";
import { requireEnabled } from "../enabled.js";
import { signToken } from "./token.js";

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
  const params = parseParams(paramsText === "-" ? await text(process.stdin) : paramsText);
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
  const userId = options.token === undefined ? options.user : subjectOf(options.token);
  const rpc = new CentrifugoRPCClient(url, token, userId, { timeout: seconds * 1000 });
  await rpc.connect();
  try {
    process.stdout.write(`${JSON.stringify(await rpc.call(method, params), null, 2)}\n`);
  } finally {
    rpc.disconnect();
  }
}

function parseParams(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CliError(`the params are not valid JSON: ${(error as Error).message}`);
  }
}

/** The user of a token. Centrifugo verifies the signature; this only names the user channel. */
function subjectOf(token: string): string {
  const sub = readSubject(token);
  if (sub !== undefined && isUserId(sub)) return sub;
  throw new CliError(`the sub of --token is not a valid user ID: see docs/protocol.md, Identity`);
}

function readSubject(token: string): string | undefined {
  try {
    return decodeJwt(token).sub;
  } catch {
    throw new CliError("--token is not a JWT");
  }
}
