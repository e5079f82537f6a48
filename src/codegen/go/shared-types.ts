import { code, type Code, type SourceFile } from "../print/source-file.js";
import { pkg } from "./source.js";

/** The declarations of the base client's types that generated code uses. */
const TYPES: Readonly<Record<string, Code>> = {
  Optional: code`
// Optional is what an optional property holds that may also be null: a value ([Some]), null ([Null]),
// or, as its zero value, nothing at all.
type Optional[T any] = ${pkg.wire}.Optional[T]

// Some makes an [Optional] of a value.
func Some[T any](value T) Optional[T] {
	return ${pkg.wire}.Some(value)
}

// Null makes an [Optional] that is null.
func Null[T any]() Optional[T] {
	return ${pkg.wire}.Null[T]()
}
`,
  Int64: code`
// Int64 is an integer that JSON numbers are too small for: on the wire it is a text of its digits.
type Int64 = ${pkg.wire}.Int64
`,
  Uint64: code`
// Uint64 is a whole number that JSON numbers are too small for: on the wire it is a text of its digits.
type Uint64 = ${pkg.wire}.Uint64
`,
  Base64URL: code`
// Base64URL is bytes that are base64url on the ${pkg.wire}. A []byte can be assigned to it.
type Base64URL = ${pkg.wire}.Base64URL
`,
  DateTime: code`
// DateTime is a moment: DateTime{Time: time.Now()}. One that arrived is sent back as the same text
// while its Time is the same.
type DateTime = ${pkg.wire}.DateTime
`,
  JSONNull: code`
// JSONNull is the type of what is always null.
type JSONNull = ${pkg.wire}.JSONNull
`,
};

/** Prints the declarations of some types in `types.go`. */
export function printSharedTypes(file: SourceFile, used: ReadonlySet<string>): void {
  for (const [name, declaration] of Object.entries(TYPES)) {
    if (used.has(name)) file.print(declaration);
  }
}
