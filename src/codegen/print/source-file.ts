/** The maximum length of a line, in characters; longer lines are broken at their {@link List}s. */
const WIDTH = 100;

/** Code to print: text, the symbols and lists in it, and sequences of these. */
export type Code = string | Imported | List | readonly Code[];

/** Something that another module exports. A file that prints it imports it. */
export interface Imported {
  readonly name: string;
  readonly from: string;
  /** Whether it is a type in a language that imports types separately. */
  readonly isType?: boolean;
}

/** Items in brackets: on one line if they fit, else each on its own line. */
export interface List {
  readonly items: readonly Code[];
  readonly separator: ", " | " | " | " || ";
  /** The brackets on one line. */
  readonly flat: readonly [open: string, close: string];
  /** The brackets on lines of their own. */
  readonly broken: readonly [open: string, close: string];
}

/** A {@link List} with commas. */
export function list(open: string, items: readonly Code[], close: string): List {
  const broken = [open.trimEnd(), close.trimStart()] as const;
  return { items, separator: ", ", flat: [open, close], broken };
}

/**
 * Lines of code with values in them. The lines of a value are indented like the line that contains it,
 * and a line with only empty values is omitted. The template has one line, or it starts and ends with
 * a line break, which is not part of the code.
 */
export function code(strings: TemplateStringsArray, ...values: readonly Code[]): Code {
  const lines: Code[][] = [[]];
  const nothing = new Set<Code[]>();
  strings.forEach((text, index) => {
    const [first = "", ...more] = text.split("\n");
    lines.at(-1)!.push(first);
    for (const start of more) lines.push([start]);
    if (index === values.length) return;
    const line = lines.at(-1)!;
    const value = values[index]!;
    const indent = /^\s*/.exec(line[0] as string)![0];
    if (flatText(line).trim() === "" && flatText(value) === "") nothing.add(line);
    line.push(indented(value, indent));
  });
  if (lines.length > 1) {
    lines.shift();
    lines.pop();
  }
  return joined(
    lines.filter((line) => !nothing.has(line) || flatText(line).trim() !== ""),
    "\n",
  );
}

/** The codes with a separator between them. */
export function joined(codes: readonly Code[], separator: string): Code {
  return codes.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));
}

/** The codes that are not empty, with an empty line between them. */
export function paragraphs(...codes: readonly Code[]): Code {
  return joined(
    codes.filter((item) => flatText(item) !== ""),
    "\n\n",
  );
}

/** Code with its lists on one line. */
export function flatText(item: Code): string {
  if (typeof item === "string") return item;
  if (isSequence(item)) return item.map(flatText).join("");
  if ("name" in item) return item.name;
  return item.flat[0] + item.items.map(flatText).join(item.separator) + item.flat[1];
}

function indented(item: Code, indent: string): Code {
  if (typeof item === "string") return item.replaceAll("\n", `\n${indent}`);
  return isSequence(item) ? item.map((part) => indented(part, indent)) : item;
}

/** The differences between the languages. */
export interface Dialect {
  /** One step of indentation. */
  readonly step: string;
  /** The text between two declarations. */
  readonly gap: string;
  /** The import statements of the symbols by module. Both are sorted. */
  importLines(modules: ReadonlyMap<string, readonly Imported[]>): Code;
}

/**
 * A generated file, printed one declaration after another. It imports the symbols that were printed.
 */
export class SourceFile {
  readonly #dialect: Dialect;
  readonly #head: string;
  readonly #module: string;
  readonly #declarations: string[] = [];
  readonly #used = new Map<string, Imported>();

  /**
   * @param head the lines before the imports
   * @param module the name by which other files import this one
   */
  constructor(dialect: Dialect, head: string, module: string) {
    this.#dialect = dialect;
    this.#head = head;
    this.#module = module;
  }

  /** Prints a declaration, unless the code is empty. */
  print(declaration: Code): void {
    const text = this.#laidOut(declaration);
    if (text !== "") this.#declarations.push(text);
    this.use(declaration);
  }

  /** Imports the symbols of code that is printed as part of a text. */
  use(item: Code): void {
    if (typeof item === "string") return;
    if (isSequence(item)) item.forEach((part) => this.use(part));
    else if ("items" in item) this.use(item.items);
    else if (item.from !== this.#module) this.#used.set(`${item.from} ${item.name}`, item);
  }

  /** The imports of the file, by module. */
  get imports(): ReadonlyMap<string, readonly Imported[]> {
    const modules = new Map<string, Imported[]>();
    for (const [, symbol] of [...this.#used].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      modules.set(symbol.from, [...(modules.get(symbol.from) ?? []), symbol]);
    }
    return modules;
  }

  /** The whole file. */
  toString(): string {
    const imports = this.#laidOut(this.#dialect.importLines(this.imports));
    const head = [this.#head, imports].filter((part) => part !== "").join("\n\n");
    return `${[head, ...this.#declarations].filter((part) => part !== "").join(this.#dialect.gap)}\n`;
  }

  #laidOut(item: Code): string {
    return linesOf(item)
      .map((parts) => {
        const text = flatText(parts);
        if (text.trim() === "") return "";
        return layOut(parts, /^\s*/.exec(text)![0], 0, this.#dialect.step);
      })
      .join("\n");
  }
}

type Part = Exclude<Code, readonly Code[]>;

function isSequence(item: Code): item is readonly Code[] {
  return Array.isArray(item);
}

function partsOf(item: Code): Part[] {
  return isSequence(item) ? item.flatMap(partsOf) : [item];
}

function linesOf(item: Code): Part[][] {
  const lines: Part[][] = [[]];
  for (const part of partsOf(item)) {
    const [first = "", ...more] = typeof part === "string" ? part.split("\n") : [part];
    lines.at(-1)!.push(first);
    for (const start of more) lines.push([start]);
  }
  return lines;
}

/**
 * One line, or several if it is too long: each item of its first list gets its own line, and the code
 * after the list is laid out in the same way.
 *
 * @param column the length of the text before it on the line
 */
function layOut(parts: readonly Part[], indent: string, column: number, step: string): string {
  const text = flatText(parts);
  const index = parts.findIndex((part) => isList(part) && part.items.length > 0);
  const first = parts[index];
  if (column + text.length <= WIDTH || first === undefined || !isList(first)) return text;
  const [open, close] = first.broken;
  const inner = indent + step;
  const items = first.items.map((item) => layOut(partsOf(item), inner, inner.length, step));
  const head = (flatText(parts.slice(0, index)) + open).trimEnd();
  const tail = layOut(parts.slice(index + 1), indent, indent.length + close.length, step);
  const lines = [head, ...lineItems(items, first).map((item) => inner + item)];
  return close === "" ? lines.join("\n") + tail : `${lines.join("\n")}\n${indent}${close}${tail}`;
}

/** No comma after a single item, which could become a tuple. */
function lineItems(items: readonly string[], { separator, broken: [open] }: List): string[] {
  if (separator === ", ") return items.map((item) => (items.length === 1 ? item : `${item},`));
  return items.map((item, index) =>
    index === 0 && open !== "" ? item : separator.trimStart() + item,
  );
}

function isList(part: Part): part is List {
  return typeof part === "object" && "items" in part;
}
