import { decodeJwt } from "jose";
import { createToken } from "../../gateway/index.js";
import { loadProjectSettings } from "../../config/index.js";
import { isUserId } from "../../protocol/index.js";
import { CliError } from "../output/cli-error.js";
import { readDevState } from "../project/dev-state.js";
import { requireEnabled } from "../enabled.js";

export interface TokenCommandOptions {
  user: string;
  expires: number;
  meta?: Record<string, unknown>;
}

/** `token`: prints a signed JWT for a user. */
export async function token(options: TokenCommandOptions): Promise<void> {
  process.stdout.write(`${await signToken(options)}\n`);
}

/**
 * The user of a token, whose signature is not checked: Centrifugo does that.
 *
 * @throws CliError if the token is not a JWT or its `sub` is not a user ID.
 */
export function userOf(jwt: string): string {
  let user: string | undefined;
  try {
    user = decodeJwt(jwt).sub;
  } catch {
    // Not a JWT: the same message.
  }
  if (user !== undefined && isUserId(user)) return user;
  throw new CliError(
    "--token must be a JWT whose sub is a user ID: see docs/protocol.md, Identity",
  );
}

/** Signs a token with the configured secret, else that of the last `dev` in this folder. */
export async function signToken({ user, expires, meta }: TokenCommandOptions): Promise<string> {
  const settings = await loadProjectSettings();
  requireEnabled(settings);
  const secret = settings.centrifugoTokenHmacSecret ?? readDevState()?.tokenHmacSecret;
  if (!secret) {
    throw new CliError(
      `no secret to sign the token with: set CENTRIFUGO_TOKEN_HMAC_SECRET, or run "centrifugo-rpc dev" ` +
        `in this folder`,
    );
  }
  return await createToken({ secret, userId: user, expiresIn: expires, ...(meta ? { meta } : {}) });
}
