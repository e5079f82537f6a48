import { InvalidArgumentError } from "commander";
import { z } from "zod";
import { CALL_LOG_STATUSES } from "../call-log/index.js";
import { fieldSchemas, parseValue, serviceUrl, url, wholeNumber } from "../config/index.js";
import { isObject, isUserId } from "../protocol/index.js";
import { readJson } from "./json.js";

/** The output formats of `contract`. */
export const CONTRACT_FORMATS = ["contract", "openrpc", "json-schema"] as const;
export type ContractFormat = (typeof CONTRACT_FORMATS)[number];

/** The output formats of `config`. */
export const CONFIG_FORMATS = ["json", "yaml", "env"] as const;
export type ConfigFormat = (typeof CONFIG_FORMATS)[number];

/** Reads the value of an option with a schema, whose message names what is expected. */
const reads =
  <T>(schema: z.ZodType<T>) =>
  (text: string): T => {
    const parsed = parseValue(schema, text);
    if ("value" in parsed) return parsed.value;
    throw new InvalidArgumentError(`It ${parsed.problem}.`);
  };

/** Reads an option that can be repeated. */
const collects =
  <T>(schema: z.ZodType<T>) =>
  (text: string, before: T[]): T[] => [...before, reads(schema)(text)];

/** The format that browsers send: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin */
const ORIGIN = "must be a scheme and a host, such as https://app.example.com";
const originSchema = z.string().regex(/^[^\s/]+:\/\/[^\s/]+$/, ORIGIN);

const object = z.string().transform((text, context): Record<string, unknown> => {
  const value = readJson(text);
  if (isObject(value)) return value;
  context.addIssue('must be a JSON object, such as {"tenant": 7}');
  return z.NEVER;
});

const STATUSES = `must be one or more of ${CALL_LOG_STATUSES.join(",")}`;
const statuses = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .pipe(z.array(z.enum(CALL_LOG_STATUSES, STATUSES)));

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A time ago (`15m`) or a date. */
const time = z
  .string()
  .transform((text) => {
    const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
    if (count) return new Date(Date.now() - Number(count) * (UNIT_MS[unit] ?? 0));
    return new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : Number.NaN);
  })
  .pipe(z.date("must be a time ago such as 15m or 1d, or a date such as 2026-01-31T12:00:00Z"));

const COUNT = 'must be a number, 1 or more, or "all"';

export const portNumber = reads(wholeNumber("a port", 0, 65_535));
/** Centrifugo cannot pick a free one. */
export const fixedPort = reads(wholeNumber("a port", 1, 65_535));
export const origin = reads(originSchema);
/** And patterns of them: https://centrifugal.dev/docs/server/configuration */
export const origins = collects(z.union([z.literal("*"), originSchema], ORIGIN));
export const redisAddress = reads(
  z.string().regex(/^\S+$/, "must be an address such as redis://localhost:6379"),
);
export const httpUrl = reads(url("http://", "https://"));
export const services = collects(serviceUrl);
export const seconds = reads(wholeNumber("a whole number of seconds", 1));
export const graceSeconds = reads(wholeNumber("a whole number of seconds", 0, 600));
/** The deadline of a call. */
export const callSeconds = reads(fieldSchemas.ackTimeout);
export const userId = reads(
  z
    .string()
    .refine(isUserId, 'must be 1 to 200 printable ASCII characters without "#", "," and ":"'),
);
export const jsonObject = reads(object);
export const logStatuses = reads(statuses);
export const moment = reads(time);
export const milliseconds = reads(
  z
    .stringFormat("milliseconds", /^\d+(\.\d+)?$/, "must be milliseconds, 0 or more")
    .transform(Number),
);
export const rowCount = reads(wholeNumber("a number of rows", 1));
/** How many acknowledgements to wait for. */
export const ackCount = reads(z.union([z.literal("all"), wholeNumber("", 1)], COUNT));
