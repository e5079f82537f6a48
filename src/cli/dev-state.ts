import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CONFIG_VARIABLES } from "../server/index.js";

const FOLDER = ".centrifugo-rpc";

const schema = z.object({
  url: z.string(),
  apiUrl: z.string(),
  gatewayUrl: z.string(),
  apiKey: z.string(),
  tokenHmacSecret: z.string(),
  proxySecret: z.string(),
});

/**
 * Where `dev` runs and with which secrets, kept in `.centrifugo-rpc/dev.json` of the project: so
 * `call` and `token` need no options, and tokens outlive a restart of `dev`.
 */
export type DevState = z.infer<typeof schema>;

/** What the last `dev` in this folder wrote, or `undefined`. */
export function readDevState(): DevState | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(join(FOLDER, "dev.json"), "utf8")));
  } catch {
    return undefined;
  }
}

/** Keeps the state for this user's eyes only, and out of git. */
export function writeDevState(state: DevState): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, ".gitignore"), "*\n");
  writeFileSync(join(FOLDER, "dev.json"), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

/**
 * The secrets of the environment, so that `call`, `token` and other programs have the same; else
 * those of the last `dev`; else new ones.
 */
export function devSecrets(): Pick<DevState, "apiKey" | "tokenHmacSecret" | "proxySecret"> {
  const last = readDevState();
  const secret = (variable: string, known: string | undefined): string =>
    process.env[variable] || known || randomBytes(32).toString("base64url");
  return {
    apiKey: secret(CONFIG_VARIABLES.centrifugoApiKey, last?.apiKey),
    tokenHmacSecret: secret(CONFIG_VARIABLES.centrifugoTokenHmacSecret, last?.tokenHmacSecret),
    proxySecret: secret(CONFIG_VARIABLES.proxySecret, last?.proxySecret),
  };
}
