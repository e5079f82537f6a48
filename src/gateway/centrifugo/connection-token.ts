import { SignJWT } from "jose";
import { ArgumentError, isUserId } from "../../protocol/index.js";

/** The options of {@link createToken}. */
export interface TokenOptions {
  /** The HMAC secret: Centrifugo's `client.token.hmac_secret_key`. */
  secret: string;
  /** The user ID: 1 to 200 printable ASCII characters without `#`, `,` and `:`. */
  userId: string;
  /** Seconds until the token expires. Default 3600. */
  expiresIn?: number;
  /** Data about the user, which handlers see as `conn.meta`. The user cannot change it. */
  meta?: Readonly<Record<string, unknown>>;
  /**
   * Channels that Centrifugo subscribes the connection to. Default: none.
   *
   * See https://centrifugal.dev/docs/server/server_subs
   */
  channels?: readonly string[];
}

/**
 * A connection token of Centrifugo: a JWT signed with HS256.
 *
 * See https://centrifugal.dev/docs/server/authentication
 *
 * @throws ArgumentError for an empty secret or a user ID that the protocol does not allow.
 */
export async function createToken(options: TokenOptions): Promise<string> {
  const { secret, userId, expiresIn = 3600, meta, channels } = options;
  if (secret === "") throw new ArgumentError("the HMAC secret must not be empty");
  if (!isUserId(userId)) {
    throw new ArgumentError(
      `user ID ${JSON.stringify(userId)}: use 1 to 200 printable ASCII characters ` +
        `without "#", "," and ":"`,
    );
  }
  return await new SignJWT({ ...(meta && { meta }), ...(channels && { channels: [...channels] }) })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject(userId)
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
    .sign(new TextEncoder().encode(secret));
}
