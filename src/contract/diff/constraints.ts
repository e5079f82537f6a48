import { shown } from "./change.js";
import type { Walk } from "./walk.js";
import type { Constraints } from "./shape.js";

/** Compares lower limits (`sign` 1; a larger one is narrower) or upper limits (-1). */
export function diffLimits(
  walk: Walk,
  old: Constraints,
  now: Constraints,
  keywords: readonly string[],
  sign: 1 | -1,
  path: string,
): void {
  const strictness = (limit: unknown): number =>
    typeof limit === "number" ? limit * sign : -Infinity;
  for (const keyword of keywords) {
    const [before, after] = [strictness(old[keyword]), strictness(now[keyword])];
    if (before === after) continue;
    const move = after > before ? "narrower" : "wider";
    walk.move(move, path, words(keyword, old[keyword], now[keyword]));
  }
}

/** Compares keywords whose values can only be equal or different. */
export function diffMarks(
  walk: Walk,
  old: Constraints,
  now: Constraints,
  keywords: readonly string[],
  path: string,
): void {
  for (const keyword of keywords) {
    const [before, after] = [old[keyword], now[keyword]];
    if (before === after) continue;
    const move = after === undefined ? "wider" : before === undefined ? "narrower" : "other";
    walk.move(move, path, words(keyword, before, after));
  }
}

/** What has changed about a keyword. */
export function words(keyword: string, old: unknown, now: unknown): string {
  if (now === undefined) return `no longer has the ${keyword} ${shown(old)}`;
  return `has the ${keyword} ${shown(now)}${old === undefined ? "" : `, not ${shown(old)}`}`;
}
