/**
 * JSON text that passes through the broker as it came, as in Centrifugo: a number of more than 53
 * bits, `1.0` or the order of keys would not survive parsing and printing.
 */
export class RawJson {
  /** Without line feeds, which separate messages in a frame; valid JSON has them only as space. */
  readonly text: string;

  constructor(text: string) {
    this.text = text.replaceAll("\n", "");
  }

  /** The text of a value that was made in this process, or `undefined` for `undefined`. */
  static of(value: unknown): RawJson | undefined {
    return value === undefined ? undefined : new RawJson(JSON.stringify(value));
  }

  parse(): unknown {
    return JSON.parse(this.text);
  }
}

/**
 * The text of the value at `path`, or `undefined` when there is none.
 *
 * @param text Valid JSON: check it with `JSON.parse` first.
 */
export function rawAt(text: string, path: readonly string[]): RawJson | undefined {
  let start: number | undefined = skipSpace(text, 0);
  for (const key of path) {
    start = memberAt(text, start, key);
    if (start === undefined) return undefined;
  }
  return new RawJson(text.slice(start, skipValue(text, start)));
}

/** JSON text of `value`, in which every {@link RawJson} stands as it is. */
export function encodeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}:${encodeJson(member)}`);
  return `{${members.join(",")}}`;
}

/** Where the value of an object's member starts; of several with one name the last, as in parsing. */
function memberAt(text: string, start: number, key: string): number | undefined {
  if (text[start] !== "{") return undefined;
  let found: number | undefined;
  let at = skipSpace(text, start + 1);
  while (text[at] !== "}") {
    const keyEnd = skipString(text, at);
    const name: unknown = JSON.parse(text.slice(at, keyEnd));
    const value = skipSpace(text, skipSpace(text, keyEnd) + 1);
    if (name === key) found = value;
    at = skipSpace(text, skipValue(text, value));
    if (text[at] === ",") at = skipSpace(text, at + 1);
  }
  return found;
}

function skipValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  do {
    const character = text[at];
    if (character === '"') {
      at = skipString(text, at);
      continue;
    }
    if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") depth--;
    else if (depth === 0) return endOfWord(text, at);
    at++;
  } while (depth > 0);
  return at;
}

function skipString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** The end of a number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && /[-+.\w]/.test(text[at]!)) at++;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text[at] === " " || text[at] === "\n" || text[at] === "\t" || text[at] === "\r") at++;
  return at;
}
