import { MAX_ISSUES, type ValidationIssue } from "../../protocol/errors.js";

/** One run of the codec over a value: encoding or decoding, with the issues found. */
export class Pass {
  /** The first issues. */
  readonly issues: ValidationIssue[] = [];
  /** The number of all issues. */
  count = 0;
  readonly encoding: boolean;
  /** What unions made of the objects that they have seen. */
  readonly unions: Map<object, Map<object, unknown>>;

  constructor(encoding: boolean, unions = new Map<object, Map<object, unknown>>()) {
    this.encoding = encoding;
    this.unions = unions;
  }

  /** Records that a value has the wrong type, and returns it. */
  expected(what: string, value: unknown): unknown {
    return this.fail(`expected ${what}, received ${describe(value)}`, value);
  }

  /** Records an issue of a value, and returns the value. */
  fail(message: string, value: unknown): unknown {
    this.count++;
    if (this.issues.length < MAX_ISSUES) this.issues.push({ path: [], message });
    return value;
  }

  /** Walks the value under a key, and adds the key to the paths of its issues. */
  inside(key: string | number, walk: Walk, value: unknown): unknown {
    const { issues } = this;
    const before = issues.length;
    const walked = walk(value, this);
    for (let index = before; index < issues.length; index++) issues[index]!.path.unshift(key);
    return walked;
  }
}

/**
 * Checks a value and returns it encoded or decoded: the same object if nothing in it is converted.
 * An invalid value is recorded in `pass` and returned as it is.
 */
export type Walk = (value: unknown, pass: Pass) => unknown;

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
