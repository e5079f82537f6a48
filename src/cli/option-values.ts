import { InvalidArgumentError } from "commander";
import { CALL_LOG_STATUSES, type CallLogStatus } from "../call-log/index.js";
import { isObject, isUserId, MAX_TIMEOUT_MS } from "../protocol/index.js";

/** The output formats of `contract`. */
export const CONTRACT_FORMATS = ["contract", "openrpc", "json-schema"] as const;
export type ContractFormat = (typeof CONTRACT_FORMATS)[number];

/** The output formats of `config`. */
export const CONFIG_FORMATS = ["json", "yaml", "env"] as const;
export type ConfigFormat = (typeof CONFIG_FORMATS)[number];

// Readers of option values: each returns the value or throws with what to write instead.

export function portNumber(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError("a port is an integer from 0 to 65535");
}

export function fixedPort(text: string): number {
  const port = portNumber(text);
  if (port > 0) return port;
  throw new InvalidArgumentError("Centrifugo needs a fixed port from 1 to 65535");
}

/** The format that browsers send: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Origin */
export function origin(text: string): string {
  if (/^[^\s/]+:\/\/[^\s/]+$/.test(text)) return text;
  throw new InvalidArgumentError("use a scheme and a host, for example https://app.example.com");
}

/** Collects origins, and patterns of them: https://centrifugal.dev/docs/server/configuration */
export function origins(text: string, before: string[]): string[] {
  return [...before, text === "*" ? text : origin(text)];
}

export function redisAddress(text: string): string {
  if (/^\S+$/.test(text)) return text;
  throw new InvalidArgumentError("use an address such as redis://localhost:6379");
}

export function httpUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new InvalidArgumentError("use a URL that starts with https:// or http://");
}

/** Collects the URLs of handler services, by the rules of the configuration's field. */
export function services(text: string, before: string[]): string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const whole = url && /^https?:$/.test(url.protocol) && url.username + url.password === "";
  if (whole && !/[?#]/.test(text)) return [...before, text];
  throw new InvalidArgumentError(
    "use a URL without a password and a query, for example http://localhost:8000/centrifugo-rpc",
  );
}

export function seconds(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("use whole seconds, 1 or more");
}

/** The deadline of a call, in seconds. The gateway caps longer ones. */
export function callSeconds(text: string): number {
  const value = seconds(text);
  if (value * 1000 <= MAX_TIMEOUT_MS) return value;
  throw new InvalidArgumentError(`a call may take at most ${MAX_TIMEOUT_MS / 1000} seconds`);
}

export function userId(text: string): string {
  if (isUserId(text)) return text;
  throw new InvalidArgumentError(
    'a user ID is 1 to 200 printable ASCII characters without "#", "," and ":"',
  );
}

export function jsonObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Falls through to the same message.
  }
  throw new InvalidArgumentError('use a JSON object, for example {"tenant": 7}');
}

/** Statuses of the call log, separated by commas. */
export function logStatuses(text: string): CallLogStatus[] {
  const names = text.split(",").map((name) => name.trim());
  const known: readonly string[] = CALL_LOG_STATUSES;
  if (names.every((name) => known.includes(name))) return names as CallLogStatus[];
  throw new InvalidArgumentError(`use one or more of ${known.join(",")}`);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** A moment: a time ago (`15m`) or a date. */
export function moment(text: string): Date {
  const [, count, unit = ""] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const date = count
    ? new Date(Date.now() - Number(count) * (UNIT_MS[unit] ?? 0))
    : new Date(/^\d{4}-\d\d-\d\d/.test(text) ? text : Number.NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(
    "use a time ago such as 30s, 15m, 2h or 1d, or a date such as 2026-01-31T12:00:00Z",
  );
}

export function milliseconds(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new InvalidArgumentError("use milliseconds, 0 or more");
}

export function rowCount(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("use a number of rows, 1 or more");
}

/** How many acknowledgements to wait for. */
export function ackCount(text: string): number | "all" {
  if (text === "all" || /^[1-9]\d*$/.test(text)) return text === "all" ? text : Number(text);
  throw new InvalidArgumentError("use a number, 1 or more, or all");
}
