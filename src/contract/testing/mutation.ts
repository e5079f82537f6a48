import * as fc from "fast-check";

/** A JSON value and the same value with one part of it replaced, moved or left out. */
export function withMutation<T>(
  values: fc.Arbitrary<T>,
  parts: fc.Arbitrary<unknown>,
): fc.Arbitrary<[T, T]> {
  return fc.tuple(values, fc.nat(), parts, fc.boolean()).map(([value, place, part, isGone]) => {
    const copy = structuredClone(value);
    const places = [...placesIn(copy)];
    const [holder, key] = places[place % Math.max(places.length, 1)] ?? [];
    if (holder === undefined || key === undefined) return [value, copy];
    if (isGone) Reflect.deleteProperty(holder, key);
    else
      Object.defineProperty(holder, key, {
        value: part,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    return [value, JSON.parse(JSON.stringify(copy)) as T];
  });
}

/** Every object or list in a value with each of its keys. */
function* placesIn(value: unknown): Generator<[holder: object, key: string]> {
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    yield [value, key];
    yield* placesIn(part);
  }
}
