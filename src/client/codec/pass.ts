import type { ValidationIssue } from "../../protocol/errors.js";

/** One way of a value through the codec: into its wire form, or out of it. */
export class Pass {
  readonly issues: ValidationIssue[] = [];
  readonly encoding: boolean;

  constructor(encoding: boolean) {
    this.encoding = encoding;
  }

  /** Notes that a value is not what it should be, and gives it back. */
  expected(what: string, value: unknown): unknown {
    return this.fail(`expected ${what}, received ${describe(value)}`, value);
  }

  /** Notes what is wrong with a value, and gives it back. */
  fail(message: string, value: unknown): unknown {
    this.issues.push({ path: [], message });
    return value;
  }

  /** Walks what stands under a key: the key becomes part of the paths of its issues. */
  inside(key: string | number, walk: Walk, value: unknown): unknown {
    const { issues } = this;
    const before = issues.length;
    const walked = walk(value, this);
    for (let index = before; index < issues.length; index++) issues[index]!.path.unshift(key);
    return walked;
  }
}

/**
 * Checks a value and gives its other form: the same object where nothing in it has another form. A
 * value that is wrong is noted in `pass` and given back.
 */
export type Walk = (value: unknown, pass: Pass) => unknown;

function describe(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
