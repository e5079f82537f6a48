import { z } from "zod";

const UNITS_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of a Go duration such as `"1m30s"`; `undefined` for other text. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)(ns|us|µs|ms|s|m|h)/g);
  const total = [...parts].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!,
    0,
  );
  return text.startsWith("-") ? -total : total;
}

/** A duration of the configuration, in milliseconds: `"25s"`, or a number of nanoseconds. */
export function duration(fallback: string) {
  return z
    .union([z.string(), z.number()])
    .default(fallback)
    .transform((value, context) => {
      const milliseconds = typeof value === "number" ? value * UNITS_MS.ns! : parseDuration(value);
      if (milliseconds !== undefined) return milliseconds;
      context.addIssue({
        code: "custom",
        message: `write a duration such as "25s", "300ms" or "1m"`,
      });
      return z.NEVER;
    });
}
