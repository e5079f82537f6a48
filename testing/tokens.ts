import { SignJWT, type JWTPayload } from "jose";

/** The secret of every configuration made by `testConfig`. */
export const SECRET = "test-secret";

/** A JWT with just these claims. */
export async function sign(claims: JWTPayload, secret = SECRET, alg = "HS256"): Promise<string> {
  const key = new TextEncoder().encode(secret);
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(key);
}

/** A moment from now as a claim, in Unix seconds. */
export function secondsFromNow(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds;
}
