/**
 * An object of a kind that a newer server has and this client does not know. In a `switch` over the
 * field that tells the variants apart, it is the case `undefined`.
 *
 * @typeParam Tag - the name of that field
 *
 * @example
 * ```ts
 * switch (shape.kind) {
 *   case "circle":
 *     return shape.radius;
 *   case undefined:
 *     return describe(shape.unknown); // the object as it came
 * }
 * ```
 */
export type UnknownVariant<Tag extends string> = {
  readonly [Name in Tag]: undefined;
} & {
  /** The object as it came; sent back as it is. */
  readonly [Name in UnknownKey<Tag>]: { readonly [key: string]: unknown };
};

/** The field with the object: `unknown`, unless the tag itself has that name. */
type UnknownKey<Tag extends string> = Tag extends "unknown" ? "unknown_" : "unknown";

/** The name of the field of an {@link UnknownVariant} that has the object. */
export function unknownKey(tag: string): string {
  return tag === "unknown" ? "unknown_" : "unknown";
}
