import { shown } from "./change.js";
import type { Walk } from "./walk.js";
import type { Constraints } from "./shape.js";

/** Compares lower limits: a larger one is narrower. */
export function diffLowerLimits(
  walk: Walk,
  old: Constraints,
  now: Constraints,
  keywords: readonly string[],
  path: string,
): void {
  for (const keyword of keywords) diffLimit(walk, old[keyword], now[keyword], keyword, 1, path);
}

/** Compares upper limits: a smaller one is narrower. */
export function diffUpperLimits(
  walk: Walk,
  old: Constraints,
  now: Constraints,
  keywords: readonly string[],
  path: string,
): void {
  for (const keyword of keywords) diffLimit(walk, old[keyword], now[keyword], keyword, -1, path);
}

function diffLimit(
  walk: Walk,
  old: unknown,
  now: unknown,
  keyword: string,
  sign: 1 | -1,
  path: string,
): void {
  const [before, after] = [old, now].map((limit) =>
    typeof limit === "number" ? limit * sign : -Infinity,
  ) as [number, number];
  if (before === after) return;
  walk.move(after > before ? "narrower" : "wider", path, words(keyword, old, now));
}

/** Compares keywords that are there or not: what they ask for cannot be compared. */
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

function words(keyword: string, old: unknown, now: unknown): string {
  if (now === undefined) return `has no ${keyword} any more; it was ${shown(old)}`;
  return `has the ${keyword} ${shown(now)}${old === undefined ? "" : `, not ${shown(old)}`}`;
}
