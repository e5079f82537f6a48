import { bracketed, group, ifBroken, indent, softline, widthOf, type Layout } from "../layout.js";
import { print, WIDTH } from "./source.js";

/** The indentation of an attribute, and of what is broken out of its line. */
const LEVEL = 1;
const INNER = "        ";

/**
 * An attribute of a class: an annotation and, in `args`, what `Field` takes. Where they do not fit
 * on a line, ruff tries in this order: to break the arguments, to put the value into parentheses
 * on a line of its own, and to break the annotation.
 */
export function attributeLine(name: string, type: Layout, args: readonly string[]): string {
  const head = `${name}: `;
  if (args.length === 0) return print(head, breakableName(type), LEVEL);
  const call = callOf(args);
  const flat = flatValue(args);
  const withEnd = (end: string) => print(head, [type, end], LEVEL);
  if (isOneLine(withEnd(` = ${flat}`))) return withEnd(` = ${flat}`);
  if (call !== undefined && isOneLine(withEnd(" = Field("))) {
    return print(head, [type, " = ", call], LEVEL);
  }
  const opened = withEnd(" = (");
  const fitsInside = widthOf(INNER + flat) <= WIDTH;
  if (isOneLine(opened) && fitsInside) return inParentheses(opened, flat);
  if (call !== undefined) return print(head, [type, " = ", call], LEVEL);
  const closed = opened.slice(0, -1) + flat;
  return fitsInside && !fits(lastLine(closed)) && fits(lastLine(opened))
    ? inParentheses(opened, flat)
    : closed;
}

/** `Field(...)`, or nothing for a default alone, which stands without it. */
function callOf(args: readonly string[]): Layout | undefined {
  return isDefaultAlone(args) ? undefined : bracketed("Field(", args, ")");
}

function flatValue(args: readonly string[]): string {
  return isDefaultAlone(args) ? args[0]!.slice("default=".length) : `Field(${args.join(", ")})`;
}

function isDefaultAlone(args: readonly string[]): boolean {
  return args.length === 1 && args[0]!.startsWith("default=");
}

/** A name without a value that does not fit goes into parentheses, if that helps. */
function breakableName(type: Layout): Layout {
  if (typeof type !== "string" || !fits(INNER + type)) return type;
  return group(ifBroken("("), indent(softline, type), softline, ifBroken(")"));
}

function inParentheses(opened: string, value: string): string {
  return `${opened}\n${INNER}${value}\n    )`;
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
