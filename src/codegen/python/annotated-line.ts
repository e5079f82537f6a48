import { group, ifBroken, indent, softline, widthOf, type Layout } from "../print/layout.js";
import { flatText, print, STEP, WIDTH } from "./source.js";

/** What is assigned: a text that stands on one line, or a call whose arguments can be broken. */
export interface Value {
  readonly layout: Layout;
  readonly isCall: boolean;
}

/**
 * An assignment with an annotation, or an annotation alone. Where it does not fit on a line, ruff
 * tries in this order: to break the arguments of the value, to put the value into parentheses on a
 * line of its own, and to break the annotation.
 *
 * @param level how deep the line is indented
 */
export function annotatedLine(
  name: string,
  type: Layout,
  value: Value | undefined,
  level: number,
): string {
  const head = `${name}: `;
  const inner = STEP.repeat(level + 1);
  if (value === undefined) return print(head, breakableName(type, inner), level);
  const flat = flatText(value.layout);
  const call = value.isCall ? value.layout : undefined;
  const withEnd = (end: string) => print(head, [type, end], level);
  if (isOneLine(withEnd(` = ${flat}`))) return withEnd(` = ${flat}`);
  if (call !== undefined && isOneLine(withEnd(` = ${flat.slice(0, flat.indexOf("(") + 1)}`))) {
    return print(head, [type, " = ", call], level);
  }
  const inParentheses = (opened: string) => `${opened}\n${inner}${flat}\n${STEP.repeat(level)})`;
  const opened = withEnd(" = (");
  const fitsInside = widthOf(inner + flat) <= WIDTH;
  if (isOneLine(opened) && fitsInside) return inParentheses(opened);
  if (call !== undefined) return print(head, [type, " = ", call], level);
  const closed = opened.slice(0, -1) + flat;
  return fitsInside && !fits(lastLine(closed)) && fits(lastLine(opened))
    ? inParentheses(opened)
    : closed;
}

/** A name without a value that does not fit goes into parentheses, if that helps. */
function breakableName(type: Layout, inner: string): Layout {
  if (typeof type !== "string" || !fits(inner + type)) return type;
  return group(ifBroken("("), indent(softline, type), softline, ifBroken(")"));
}

function isOneLine(text: string): boolean {
  return !text.includes("\n") && fits(text);
}

function fits(text: string): boolean {
  return widthOf(text) <= WIDTH;
}

function lastLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}
