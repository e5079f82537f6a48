/** The types of the base client that generated code uses under names of its own. */
const TYPES: readonly { readonly used: RegExp; readonly text: string }[] = [
  {
    used: /\bOptional\[/,
    text: `// Optional is what an optional property holds that may also be null: a value ([Some]), null ([Null]),
// or, as its zero value, nothing at all.
type Optional[T any] = wire.Optional[T]

// Some makes an [Optional] of a value.
func Some[T any](value T) Optional[T] {
	return wire.Some(value)
}

// Null makes an [Optional] that is null.
func Null[T any]() Optional[T] {
	return wire.Null[T]()
}
`,
  },
  {
    used: /\bInt64\b/,
    text: `// Int64 is an integer that JSON numbers are too small for: on the wire it is a text of its digits.
type Int64 = wire.Int64
`,
  },
  {
    used: /\bUint64\b/,
    text: `// Uint64 is a whole number that JSON numbers are too small for: on the wire it is a text of its digits.
type Uint64 = wire.Uint64
`,
  },
  {
    used: /\bBase64URL\b/,
    text: `// Base64URL is bytes that are base64url on the wire. A []byte can be assigned to it.
type Base64URL = wire.Base64URL
`,
  },
  {
    used: /\bJSONNull\b/,
    text: `// JSONNull is the type of what is always null.
type JSONNull = wire.JSONNull
`,
  },
];

/** The text of `types.go`, or `undefined` when other generated code uses none of them. */
export function sharedTypesFile(code: string): string | undefined {
  const plain = code.replace(/\/\/.*|"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, "");
  const texts = TYPES.filter(({ used }) => used.test(plain)).map(({ text }) => text);
  if (texts.length === 0) return undefined;
  return `package apiclient\n\nimport "apiclient/rpc/wire"\n\n${texts.join("\n")}`;
}
