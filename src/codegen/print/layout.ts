/**
 * A text that can be laid out in two ways: on one line where that fits, else with its groups broken
 * into lines. The algorithm and the names are those of Wadler's "A prettier printer", which the
 * formatters of the generated languages follow as well.
 */
export type Layout = string | readonly Layout[] | Group | Indent | Line | IfBroken;

interface Group {
  readonly kind: "group";
  readonly content: Layout;
}
interface Indent {
  readonly kind: "indent";
  readonly content: Layout;
}
interface Line {
  readonly kind: "line";
  readonly flat: string;
}
interface IfBroken {
  readonly kind: "if-broken";
  readonly broken: Layout;
  readonly flat: Layout;
}

/** On one line if it fits; otherwise its own lines break, and groups in it are tried again. */
export function group(...content: Layout[]): Layout {
  return { kind: "group", content };
}

/** Indents the lines in it by one step. */
export function indent(...content: Layout[]): Layout {
  return { kind: "indent", content };
}

/** Chooses by whether the group around it is broken. */
export function ifBroken(broken: Layout, flat: Layout = ""): Layout {
  return { kind: "if-broken", broken, flat };
}

/** A new line in a broken group, a space otherwise. */
export const line: Layout = { kind: "line", flat: " " };

/** A new line in a broken group, nothing otherwise. */
export const softline: Layout = { kind: "line", flat: "" };

/** The items with a separator between them. */
export function join(separator: Layout, items: readonly Layout[]): Layout {
  return items.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));
}

/** Items in brackets: on one line, or each on its own with a comma after the last. */
export function bracketed(open: string, items: readonly Layout[], close: string): Layout {
  if (items.length === 0) return open + close;
  const content = indent(softline, join([",", line], items));
  return group(open, content, ifBroken(","), softline, close);
}

/** How to print a {@link Layout}. */
export interface PrintOptions {
  /** The longest line, in characters. */
  readonly width: number;
  /** One step of indentation. */
  readonly step: string;
  /** The indentation, in steps, of the lines after the first. */
  readonly level: number;
}

interface Part {
  readonly content: Layout;
  readonly level: number;
  readonly flat: boolean;
}

/** Prints a layout whose first line starts with `head`. */
export function printLayout(head: string, layout: Layout, options: PrintOptions): string {
  const { width, step } = options;
  let text = step.repeat(options.level) + head;
  const parts: Part[] = [{ content: layout, level: options.level, flat: false }];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { content, level, flat } = part;
    if (typeof content === "string") {
      text += content;
    } else if (isList(content)) {
      for (const item of content.toReversed()) parts.push({ content: item, level, flat });
    } else if (content.kind === "indent") {
      parts.push({ content: content.content, level: level + 1, flat });
    } else if (content.kind === "if-broken") {
      parts.push({ content: flat ? content.flat : content.broken, level, flat });
    } else if (content.kind === "line") {
      text += flat ? content.flat : `\n${step.repeat(level)}`;
    } else {
      const inner = { content: content.content, level, flat: true };
      const room = width - lastLineLength(text);
      parts.push(flat || fits([...parts, inner], room) ? inner : { ...inner, flat: false });
    }
  }
  return text;
}

/** Whether the parts fit up to the first place where the line can end. */
function fits(parts: Part[], room: number): boolean {
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { content, level, flat } = part;
    if (typeof content === "string") {
      room -= widthOf(content);
      if (room < 0) return false;
    } else if (isList(content)) {
      for (const item of content.toReversed()) parts.push({ content: item, level, flat });
    } else if (content.kind === "if-broken") {
      parts.push({ content: flat ? content.flat : content.broken, level, flat });
    } else if (content.kind === "line") {
      if (!flat) return true;
      room -= content.flat.length;
      if (room < 0) return false;
    } else {
      // A group after the one in question may break: its first line end is as good as any.
      parts.push({ content: content.content, level, flat });
    }
  }
  return true;
}

function lastLineLength(text: string): number {
  return widthOf(text.slice(text.lastIndexOf("\n") + 1));
}

/** Characters that take two columns of a terminal: formatters count them as two. */
const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;

/** The columns that a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (WIDE.test(character)) width += 2;
    else if (!/\p{Mn}/u.test(character)) width += 1;
  }
  return width;
}

function isList(layout: Layout): layout is readonly Layout[] {
  return Array.isArray(layout);
}
