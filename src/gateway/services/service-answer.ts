import { z } from "zod";
import { RPCError } from "../../protocol/index.js";

const wireError = z.object({
  code: z.int().min(400).max(1999),
  message: z.string(),
  details: z.unknown().optional(),
});

/**
 * Reads the body of an answer: the result, or the error that the handler ended with.
 *
 * @throws TypeError for a body of another form.
 */
export function readAnswer(body: unknown): { result: unknown } | { error: RPCError } {
  const hasResult = hasField(body, "result");
  if (hasResult === hasField(body, "error")) {
    throw new TypeError(`its answer must have either "result" or "error"`);
  }
  if (hasResult) return { result: (body as { result: unknown }).result };
  const parsed = wireError.safeParse((body as { error: unknown }).error);
  if (!parsed.success) {
    throw new TypeError("the error of its answer needs a code from 400 to 1999 and a message");
  }
  const { code, message, details } = parsed.data;
  return { error: new RPCError(code, message, details) };
}

function hasField(body: unknown, name: string): boolean {
  return typeof body === "object" && body !== null && Object.hasOwn(body, name);
}
