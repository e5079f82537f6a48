import type { EnumModel, EnumValue } from "../api-model.js";
import { camelCase, capitalizedWords, pascalCase, wordsOrCodePoints } from "../words.js";

// https://go.dev/ref/spec#Keywords, and the constants that the body of a constructor can use
const NOT_FOR_PARAMETERS = new Set(
  `break case chan const continue default defer else fallthrough for func go goto if import
  interface map package range return select struct switch type var false iota nil true`.split(
    /\s+/,
  ),
);

/** The field for a property: `UserId`. */
export function fieldName(property: string): string {
  return pascalCase(wordsOrCodePoints(property));
}

/** The parameter for a property: `userId`. */
export function parameterName(property: string): string {
  const name = camelCase(wordsOrCodePoints(property));
  return NOT_FOR_PARAMETERS.has(name) ? `${name}_` : name;
}

/** The constant for a value of an enum: `PriorityHigh`. */
export function constantName(model: EnumModel, value: EnumValue): string {
  const words = valueWords(value);
  const isTwin = model.values.some((other) => other !== value && valueWords(other) === words);
  return model.name + words + (isTwin ? `_${hash(String(value))}` : "");
}

function valueWords(value: EnumValue): string {
  if (typeof value === "string") return capitalizedWords(wordsOrCodePoints(value));
  return String(value).replace("-", "Minus").replace(".", "Point").replace("+", "");
}

/** Four digits from a value (FNV-1a), so that its name does not depend on the values around it. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    state = Math.imul(state ^ byte, 0x01000193) >>> 0;
  }
  return ((state ^ (state >>> 16)) & 0xffff).toString(16).padStart(4, "0");
}
