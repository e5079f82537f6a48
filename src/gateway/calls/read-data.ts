import type { z } from "zod";
import { RPCError } from "../../protocol/index.js";

/**
 * Data from outside, as its schema has it.
 *
 * @throws RPCError invalid_params with all issues in its details.
 */
export function readData<T>(schema: z.ZodType<T>, data: unknown): T {
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map(({ path, message }) => ({
    path: path.map((key) => (typeof key === "symbol" ? String(key) : key)),
    message,
  }));
  const first = issues[0];
  const place = first && first.path.length > 0 ? `${first.path.join(".")}: ` : "";
  throw RPCError.of("invalid_params", `${place}${first?.message ?? "malformed"}`, { issues });
}
