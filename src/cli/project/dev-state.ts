import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ConfigInput } from "../../config/index.js";

const FOLDER = ".centrifugo-rpc";

const schema = z.object({
  url: z.string(),
  apiUrl: z.string(),
  gatewayUrl: z.string(),
  wrapperApiKey: z.string(),
  apiKey: z.string(),
  tokenHmacSecret: z.string(),
  proxySecret: z.string(),
});

/**
 * The URLs and secrets of `dev`, kept in `.centrifugo-rpc/dev.json` of the project, so that `call`
 * and `token` need no options and tokens outlive a restart of `dev`.
 */
export type DevState = z.infer<typeof schema>;

/** The state that the last `dev` in this folder wrote, or `undefined`. */
export function readDevState(): DevState | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(join(FOLDER, "dev.json"), "utf8")));
  } catch {
    return undefined;
  }
}

/** Writes the state, readable by this user only and ignored by git. */
export function writeDevState(state: DevState): void {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, ".gitignore"), "*\n");
  writeFileSync(join(FOLDER, "dev.json"), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

/** The secrets of the last `dev` in this folder, else new ones. */
export function devSecrets(): ConfigInput {
  const last = readDevState();
  const secret = (known: string | undefined): string =>
    known ?? randomBytes(32).toString("base64url");
  return {
    centrifugoApiKey: secret(last?.apiKey),
    centrifugoTokenHmacSecret: secret(last?.tokenHmacSecret),
    wrapperApiKey: secret(last?.wrapperApiKey),
  };
}
