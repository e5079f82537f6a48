import { z } from "zod";

/** The schemas of Zod that print a `format` and, beside it, a `pattern` of the same meaning. */
const FORMATS: readonly z.ZodType[] = [
  z.base64(),
  z.base64url(),
  z.cidrv4(),
  z.cidrv6(),
  z.email(),
  z.ipv4(),
  z.ipv6(),
  z.iso.date(),
  z.iso.datetime({ offset: true }),
  z.iso.duration(),
  z.uuid(),
];

const PATTERNS: ReadonlyMap<unknown, unknown> = new Map(
  FORMATS.map((schema) => {
    const { format, pattern } = z.toJSONSchema(schema);
    return [format, pattern];
  }),
);

/** Whether a pattern is only what Zod adds to a format. A narrower one says more than the format. */
export function repeatsFormat(format: unknown, pattern: unknown): boolean {
  return format !== undefined && pattern !== undefined && PATTERNS.get(format) === pattern;
}
