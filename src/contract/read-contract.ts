import { z } from "zod";
import type { Contract } from "../protocol/index.js";

const jsonSchema = z.union([z.boolean(), z.looseObject({})]);

const errorType = z.object({
  name: z.string(),
  code: z.int(),
  description: z.string().optional(),
  details: jsonSchema.optional(),
});

const example = z.object({
  description: z.string().optional(),
  params: z.unknown().optional(),
  result: z.unknown().optional(),
});

const method = z.object({
  name: z.string(),
  description: z.string().optional(),
  deprecated: z.union([z.literal(true), z.string()]).optional(),
  idempotent: z.literal(true).optional(),
  params: jsonSchema.optional(),
  result: jsonSchema.optional(),
  errors: z.array(errorType).optional(),
  examples: z.array(example).optional(),
});

const contractDocument = z.object({ contract: z.literal(1), methods: z.array(method) });

/**
 * A contract from elsewhere, without the fields that are not known. Its form is checked, not what its
 * schemas say.
 *
 * @throws TypeError that names the first place that is wrong.
 */
export function readContract(document: unknown): Contract {
  const parsed = contractDocument.safeParse(document);
  if (parsed.success) return parsed.data as Contract;
  const [issue] = parsed.error.issues;
  const place = issue && issue.path.length > 0 ? `${issue.path.join(".")}: ` : "";
  throw new TypeError(`${place}${issue?.message ?? "malformed"}`);
}
