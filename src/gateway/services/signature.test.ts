import { describe, expect, it } from "vitest";
import vectors from "../../../conformance/vectors/handler-services.json" with { type: "json" };
import { sign, type SignedRoute } from "./signature.js";

describe("handler-services.json", () => {
  it.each(vectors.signatures)("signs $name", ({ secret, timestamp, route, body, signature }) => {
    expect(sign(secret, timestamp, route as SignedRoute, body)).toBe(signature);
  });
});
