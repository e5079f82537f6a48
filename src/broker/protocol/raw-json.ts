/**
 * JSON text that the broker passes on unchanged, as Centrifugo does: parsing and printing would
 * change numbers of more than 53 bits, `1.0` and the order of keys.
 */
export class RawJson {
  /** Without line feeds, which separate messages in a frame. In JSON they are only whitespace. */
  readonly text: string;

  constructor(text: string) {
    this.text = text.replaceAll("\n", "");
  }

  /** The text of a value, or `undefined` for `undefined`. */
  static of(value: unknown): RawJson | undefined {
    return value === undefined ? undefined : new RawJson(JSON.stringify(value));
  }

  parse(): unknown {
    return JSON.parse(this.text);
  }
}

/** JSON text of `value`, in which every {@link RawJson} stays as it is. */
export function encodeJson(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(encodeJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${JSON.stringify(key)}:${encodeJson(member)}`);
  return `{${members.join(",")}}`;
}
