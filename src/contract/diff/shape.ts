import type { JsonSchema } from "../../protocol/index.js";

/** Which values a schema accepts, taken apart by the JSON types. */
export interface Shape {
  /** Everything is accepted; the rest says nothing then. */
  readonly any: boolean;
  /** It cannot be taken apart: two such schemas can only be the same or not. */
  readonly opaque: boolean;
  readonly null: boolean;
  readonly booleans: ReadonlySet<boolean>;
  readonly strings: Scalars;
  readonly numbers: Scalars;
  readonly arrays: ReadonlySet<ArrayShape>;
  readonly objects: ReadonlySet<ObjectShape>;
}

/** The texts or the numbers of a {@link Shape}: single ones, and all that keep to constraints. */
export interface Scalars {
  readonly values: ReadonlySet<string | number>;
  readonly types: ReadonlySet<Constraints>;
}

/** The keywords of a schema, as they stand in it. */
export type Constraints = Readonly<Record<string, unknown>>;

/** Arrays: the places of their own first, then all others. */
export interface ArrayShape {
  readonly constraints: Constraints;
  readonly places: readonly JsonSchema[];
  /** `false` when nothing may follow the places. */
  readonly rest: JsonSchema;
}

/** Objects. */
export interface ObjectShape {
  readonly constraints: Constraints;
  readonly fields: ReadonlyMap<string, JsonSchema>;
  readonly required: ReadonlySet<string>;
  /** The schema of all other fields; `undefined` where nothing is said of them. */
  readonly rest: JsonSchema | undefined;
  /** The schema of the fields' names, if there is one. */
  readonly keys: JsonSchema | undefined;
}

/** No value at all. */
export const NEVER: Shape = {
  any: false,
  opaque: false,
  null: false,
  booleans: new Set(),
  strings: { values: new Set(), types: new Set() },
  numbers: { values: new Set(), types: new Set() },
  arrays: new Set(),
  objects: new Set(),
};

/** Every value. */
export const ANY: Shape = { ...NEVER, any: true };

/** What cannot be taken apart. */
export const OPAQUE: Shape = { ...NEVER, opaque: true };
