import type { EnumValue } from "../../model/api-model.js";
import { capitalizedWords, pascalCase, wordsOf, wordsOrCodePoints } from "../../model/words.js";

// https://go.dev/ref/spec#Keywords, and the names that the body of a constructor can use
const NOT_FOR_PARAMETERS = new Set(
  `break case chan const continue default defer else fallthrough for func go goto if import
  interface map package range return select struct switch type var false iota nil true`.split(
    /\s+/,
  ),
);

/** The field for a property: `UserId`. */
export function fieldName(property: string): string {
  return withoutMarks(pascalCase(wordsOrCodePoints(property)));
}

/** The method for a method of the API: `TasksGetStats`. */
export function methodName(method: string): string {
  return withoutMarks(pascalCase(wordsOf(method)));
}

/** The parameter for a field: `userId` for `UserId`. */
export function parameterName(field: string): string {
  const [first = "", ...rest] = field;
  const name = withoutMarks(first.toLowerCase()) + rest.join("");
  return NOT_FOR_PARAMETERS.has(name) ? `${name}_` : name;
}

/** A value of an enum as the end of its constant's name: `High`, `Minus1`, `0Point5`. */
export function valueWords(value: EnumValue): string {
  if (typeof value === "string") {
    return withoutMarks(capitalizedWords(wordsOrCodePoints(value)));
  }
  return String(value).replaceAll("-", "Minus").replace(".", "Point").replace("+", "");
}

/** Lower case can have combining marks (as of `İ`), which Go does not allow in identifiers. */
function withoutMarks(name: string): string {
  return name.replace(/\p{M}/gu, "");
}
