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

/** How long a call may take, in seconds, when nothing else is said. */
const TIMEOUT_S = 30;

/** How long the token of one call is valid, in seconds, besides the call's own time. */
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
      `no server to call: give --url, set CENTRIFUGO_URL, or run "centrifugo-rpc dev" in this folder`,
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
    throw new CliError(`the params are no JSON: ${(error as Error).message}`);
  }
}

/** Whose token it is. Centrifugo checks the signature; here only the channel's name follows. */
function subjectOf(token: string): string {
  const sub = readSubject(token);
  if (sub !== undefined && isUserId(sub)) return sub;
  throw new CliError(`--token has no sub that can be a user ID: see docs/protocol.md, Identity`);
}

function readSubject(token: string): string | undefined {
  try {
    return decodeJwt(token).sub;
  } catch {
    throw new CliError("--token is no JWT");
  }
}
