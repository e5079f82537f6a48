import { randomBytes } from "node:crypto";
import { type Finding, ok, warning, wrong } from "../finding.js";
import { UnreachableError } from "../http-probe.js";
import { command, recommended, setting, variable } from "../fixes.js";
import { ClosedError, UpgradeError } from "../probe-connection.js";
import type { Session } from "../session.js";

const usual = variable("centrifugoUrl", "ws://localhost:8000/connection/websocket");

export async function websocket(session: Session): Promise<Finding> {
  const url = session.config.centrifugoUrl;
  try {
    await session.open();
    return ok(`${url} accepts connections`);
  } catch (error) {
    if (error instanceof UpgradeError) {
      return wrong(`${url} does not accept WebSocket connections: ${error.message}`, usual);
    }
    if (!(error instanceof UnreachableError)) throw error;
    return wrong(
      `${url} cannot be reached: ${error.message}`,
      command("centrifugo --config centrifugo.json"),
      usual,
    );
  }
}

/** Centrifugo's code for a token that has expired. */
const TOKEN_EXPIRED = 109;

/** Centrifugo's close code for an invalid token. */
const INVALID_TOKEN = 3500;

/** Source: https://centrifugal.dev/docs/server/authentication */
export async function token(session: Session): Promise<Finding> {
  try {
    const { reply } = await session.main();
    if (reply.connect) return ok(`Centrifugo accepts a token of user ${session.userId}`);
    if (reply.error?.code === TOKEN_EXPIRED) {
      return wrong(
        "the token has expired by Centrifugo's clock",
        command(`npx centrifugo-rpc token --user ${session.userId}`),
        command("timedatectl set-ntp true"),
      );
    }
    return wrong(`Centrifugo refuses to connect: ${JSON.stringify(reply.error)}`);
  } catch (error) {
    if (!(error instanceof ClosedError) || error.code !== INVALID_TOKEN) throw error;
    return wrong(
      "Centrifugo does not accept the token: it is signed with another secret, or Centrifugo " +
        "requires an audience, an issuer or a public key",
      variable("centrifugoTokenHmacSecret", "<client.token.hmac_secret_key of Centrifugo>"),
      recommended("client.token.hmac_secret_key", session.config),
    );
  }
}

/** A forged token would let its owner call as any user. */
export async function forgedToken(session: Session): Promise<Finding> {
  const connection = await session.open();
  const token = await session.sign(randomBytes(32).toString("hex"));
  try {
    const reply = await connection.call({ connect: { token } });
    if (!reply.connect) return ok("Centrifugo refuses a token that is signed with another secret");
    return wrong(
      "Centrifugo accepts a token that is signed with another secret: anyone can call as any user",
      setting("client.insecure", false),
      setting("client.insecure_skip_token_signature_verify", false),
    );
  } catch (error) {
    if (!(error instanceof ClosedError)) throw error;
    return ok("Centrifugo refuses a token that is signed with another secret");
  }
}

/** No page has this origin: https://www.rfc-editor.org/rfc/rfc6761#section-6.4 */
const NOBODYS_ORIGIN = "https://doctor.invalid";

/** Source: https://centrifugal.dev/docs/server/configuration#clientallowed_origins */
export async function origins(session: Session): Promise<Finding> {
  const { origin } = session;
  if (origin !== undefined && !(await allows(session, origin))) {
    return wrong(`pages of ${origin} cannot connect`, setting("client.allowed_origins", [origin]));
  }
  if (await allows(session, NOBODYS_ORIGIN)) {
    return warning(
      "pages of every origin can connect; list yours in production",
      setting("client.allowed_origins", [origin ?? "https://app.example.com"]),
    );
  }
  return ok(
    origin === undefined
      ? "pages of unknown origins cannot connect; test yours with --origin"
      : `pages of ${origin} can connect, those of unknown origins cannot`,
  );
}

async function allows(session: Session, origin: string): Promise<boolean> {
  try {
    await session.open(origin);
    return true;
  } catch (error) {
    if (error instanceof UpgradeError && error.status === 403) return false;
    throw error;
  }
}
