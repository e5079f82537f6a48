import { readJson, struct, text } from "../protocol/go-json.js";

/** A JWT whose signature has not been checked. */
export interface Jwt {
  readonly algorithm: string;
  readonly keyId: string;
  /** The claims as JSON text. */
  readonly claims: string;
  /** The signed bytes. */
  readonly signed: Buffer;
  readonly signature: Buffer;
}

const header = struct({ alg: text, typ: text, cty: text, kid: text });

/**
 * Parses a token as Centrifugo does: https://github.com/cristalhq/jwt/blob/main/parse.go
 *
 * @throws An error, of any class, for text that is not a JWT.
 */
export function parseJwt(token: string): Jwt {
  const headerEnd = token.indexOf(".");
  const claimsEnd = token.lastIndexOf(".");
  // `eyJ` is `{"` in base64: there must be no space before the first name.
  if (!token.startsWith("eyJ") || claimsEnd === headerEnd) throw new SyntaxError("not a JWT");
  const { alg, kid } = readJson(header, decode(token.slice(0, headerEnd)).toString());
  return {
    algorithm: alg,
    keyId: kid,
    claims: decode(token.slice(headerEnd + 1, claimsEnd)).toString(),
    signed: Buffer.from(token.slice(0, claimsEnd)),
    signature: decode(token.slice(claimsEnd + 1)),
  };
}

/** Base64 for URLs without padding; line breaks in it are ignored. */
function decode(part: string): Buffer {
  const digits = part.replace(/[\r\n]/g, "");
  if (digits.length % 4 === 1 || !/^[\w-]*$/.test(digits)) throw new SyntaxError("not base64url");
  return Buffer.from(digits, "base64url");
}
