/**
 * An object of a variant that this client does not know, from a newer server. In a `switch` over the
 * field that distinguishes the variants, it is the case `undefined`.
 *
 * @typeParam Tag - the name of that field
 *
 * @example
 * ```ts
 * switch (shape.kind) {
 *   case "circle":
 *     return shape.radius;
 *   case undefined:
 *     return describe(shape.unknown); // the object as it arrived
 * }
 * ```
 */
export type UnknownVariant<Tag extends string> = {
  readonly [Name in Tag]: undefined;
} & {
  /** The object as it arrived; sent back unchanged. */
  readonly [Name in UnknownKey<Tag>]: { readonly [key: string]: unknown };
};

/** The field that holds the object: `unknown`, unless the tag itself has that name. */
type UnknownKey<Tag extends string> = Tag extends "unknown" ? "unknown_" : "unknown";

/** Returns the name of the field of an {@link UnknownVariant} that holds the object. */
export function unknownKey(tag: string): string {
  return tag === "unknown" ? "unknown_" : "unknown";
}
