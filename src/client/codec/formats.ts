/** How a text on the wire becomes a value, and back. */
export interface FormatCodec {
  /** What a value is, for messages. */
  readonly type: string;
  /** The value of a text, or `undefined` for a text that is no such value. */
  readonly decode: (text: string) => unknown;
  /** The text of a value, or `undefined` for a value that cannot be one. */
  readonly encode: (value: unknown) => string | undefined;
}

/** The formats whose values are no texts. */
export const CONVERTED: Readonly<Record<string, FormatCodec>> = {
  int64: integer(-(2n ** 63n), 2n ** 63n - 1n),
  uint64: integer(0n, 2n ** 64n - 1n),
  base64: bytes(
    /^[A-Za-z0-9+/]*={0,2}$/,
    (text) => text.length % 4 === 0,
    (text) => text,
  ),
  base64url: bytes(
    /^[\w-]*$/,
    (text) => text.length % 4 !== 1,
    (text) => text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""),
  ),
};

/** The formats whose values are texts: whether a text is one. */
export const CHECKED: Readonly<Record<string, (text: string) => boolean>> = {
  date: isDate,
  "date-time": (text) => {
    const [date = "", time = ""] = text.split(/[Tt]/, 2);
    return (
      isDate(date) && /^\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(time) && isTime(time)
    );
  },
  time: isTime,
  duration: (text) =>
    /^[+-]?P(?=.)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.,]\d+)?S)?)?$/.test(text),
  decimal: (text) => /^-?\d+(\.\d+)?$/.test(text),
  uuid: (text) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text),
};

function integer(min: bigint, max: bigint): FormatCodec {
  const isInRange = (value: bigint) => value >= min && value <= max;
  return {
    type: "bigint",
    decode: (text) => {
      const value = /^-?\d{1,20}$/.test(text) ? BigInt(text) : undefined;
      return value !== undefined && isInRange(value) ? value : undefined;
    },
    encode: (value) => (typeof value === "bigint" && isInRange(value) ? `${value}` : undefined),
  };
}

/** @param fromBase64 what the wire has instead of plain base64 */
function bytes(
  alphabet: RegExp,
  hasLength: (text: string) => boolean,
  fromBase64: (text: string) => string,
): FormatCodec {
  return {
    type: "Uint8Array",
    decode: (text) => {
      if (!alphabet.test(text) || !hasLength(text)) return undefined;
      const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
      return Uint8Array.from(binary, (character) => character.charCodeAt(0));
    },
    encode: (value) => (isBytes(value) ? fromBase64(btoa(binaryText(value))) : undefined),
  };
}

/** Of any realm: test environments of browsers have a `Uint8Array` of their own. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** As many arguments as every engine takes. */
const CHUNK = 0x2000;

function binaryText(value: Uint8Array): string {
  let text = "";
  for (let start = 0; start < value.length; start += CHUNK) {
    text += String.fromCharCode(...value.subarray(start, start + CHUNK));
  }
  return text;
}

function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  // The day 0 of the next month is the last one of this: RFC 3339, section 5.7.
  // The calendar repeats after 400 years, and Date has a meaning of its own for years below 100.
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate();
  return Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= lastDay;
}

function isTime(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d(:([0-5]\d|60)(\.\d+)?)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)?$/.test(
    text,
  );
}
