import { describe, expect, it } from "vitest";
import { readVectors } from "../../../testing/vectors.js";
import { sign, type SignedRoute } from "./signature.js";

interface SignatureVector {
  name: string;
  secret: string;
  timestamp: number;
  route: SignedRoute;
  body: string;
  signature: string;
}

const vectors = readVectors("handler-services") as { signatures: SignatureVector[] };

describe("handler-services.json", () => {
  it.each(vectors.signatures)("signs $name", ({ secret, timestamp, route, body, signature }) => {
    expect(sign(secret, timestamp, route, body)).toBe(signature);
  });
});
