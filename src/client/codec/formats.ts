/** Converts a string on the wire to a value and back. */
export interface FormatCodec {
  /** The type of a value, for messages. */
  readonly type: string;
  /** Returns the value of a string, or `undefined` if it is not valid. */
  readonly decode: (text: string) => unknown;
  /** Returns the string of a value, or `undefined` if it is not of the type. */
  readonly encode: (value: unknown) => string | undefined;
}

/** The formats whose values are not strings. */
export const CONVERTED: Readonly<Record<string, FormatCodec>> = {
  int64: integer(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: integer(0n, 2n ** 64n - 1n),
  base64: bytes(
    /^[A-Za-z0-9+/]*={0,2}$/,
    (text) => text.length % 4 === 0,
    (text) => text,
  ),
  base64url: bytes(
    /^[\w-]*={0,2}$/,
    (text) => withoutPadding(text).length % 4 !== 1,
    (text) => withoutPadding(text).replaceAll("+", "-").replaceAll("/", "_"),
  ),
};

// Dates of Python and Go have no leap seconds, those of Python no year 0.
const DATE = String.raw`(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])`;
const HOURS = String.raw`(?:[01]\d|2[0-3]):[0-5]\d`;
// Schema libraries allow a time without seconds.
const TIME = String.raw`${HOURS}(?::[0-5]\d(?:\.\d+)?)?`;
const OFFSET = `(?:[Zz]|[+-]${HOURS})`;

/** The formats whose values are strings: whether a string is valid. */
export const CHECKED: Readonly<Record<string, (text: string) => boolean>> = {
  date: dateMatching(DATE),
  "date-time": dateMatching(`${DATE}[Tt]${TIME}${OFFSET}`),
  time: matching(`${TIME}${OFFSET}?`),
  duration: matching(
    String.raw`P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?`,
  ),
  decimal: matching(String.raw`-?\d+(?:\.\d+)?`),
  uuid: matching("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"),
};

function matching(pattern: string): (text: string) => boolean {
  const whole = new RegExp(`^${pattern}$`);
  return (text) => whole.test(text);
}

/** Matches strings that begin with a date. */
function dateMatching(pattern: string): (text: string) => boolean {
  const matches = matching(pattern);
  return (text) => matches(text) && isInMonth(text);
}

function isInMonth(text: string): boolean {
  const day = Number(text.slice(8, 10));
  if (day <= 28) return true;
  // The calendar repeats after 400 years; Date reads years below 100 as those of the 20th century.
  const year = 2000 + (Number(text.slice(0, 4)) % 400);
  // Day 0 of the next month is the last day of this one.
  return day <= new Date(Date.UTC(year, Number(text.slice(5, 7)), 0)).getUTCDate();
}

function integer(min: bigint, max: bigint): FormatCodec {
  const isInRange = (value: bigint) => value >= min && value <= max;
  return {
    type: "bigint",
    decode: (text) => {
      const value = /^-?(?:0|[1-9]\d{0,19})$/.test(text) ? BigInt(text) : undefined;
      return value !== undefined && isInRange(value) ? value : undefined;
    },
    encode: (value) => (typeof value === "bigint" && isInRange(value) ? `${value}` : undefined),
  };
}

/** @param fromBase64 converts plain base64 to the form on the wire */
function bytes(
  alphabet: RegExp,
  hasLength: (text: string) => boolean,
  fromBase64: (text: string) => string,
): FormatCodec {
  return {
    type: "Uint8Array",
    decode: (text) => {
      if (!alphabet.test(text) || !hasLength(text)) return undefined;
      return bytesOf(atob(withoutPadding(text).replaceAll("-", "+").replaceAll("_", "/")));
    },
    encode: (value) => (isBytes(value) ? fromBase64(btoa(binaryText(value))) : undefined),
  };
}

/** Recognizes arrays of any realm: browser test environments have their own `Uint8Array`. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

function withoutPadding(text: string): string {
  return text.replace(/=+$/, "");
}

function bytesOf(binary: string): Uint8Array {
  const value = new Uint8Array(binary.length);
  for (let index = 0; index < value.length; index++) value[index] = binary.charCodeAt(index);
  return value;
}

/** A number of arguments that every engine accepts. */
const CHUNK = 0x2000;

function binaryText(value: Uint8Array): string {
  let text = "";
  for (let start = 0; start < value.length; start += CHUNK) {
    text += String.fromCharCode(...value.subarray(start, start + CHUNK));
  }
  return text;
}
