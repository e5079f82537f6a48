/**
 * The words of a name, which is split at everything that is not a letter or digit and where the case
 * changes (`getURLFor` is get, URL, For). Compatibility forms are folded (NFKC), because Python
 * folds them in identifiers. Symbols outside ASCII are spelled by their code point, so that a name
 * of symbols alone still has words.
 */
export function wordsOf(name: string): string[] {
  return name
    .normalize("NFKC")
    .replace(/[^\p{L}\p{Nd}\0-\x7f]/gu, (symbol) => ` ${codePoints(symbol)} `)
    .replace(/([\p{Ll}\p{Nd}])(\p{Lu})/gu, "$1 $2")
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, "$1 $2")
    .split(/[^\p{L}\p{Nd}]+/u)
    .filter((word) => word !== "");
}

/** `TasksGetStats`. Starts with an upper-case letter: Go exports nothing else. */
export function pascalCase(words: readonly string[]): string {
  const name = capitalizedWords(words);
  return /^\p{Lu}/u.test(name) ? name : `X${name}`;
}

/** The words as the suffix of a name in {@link pascalCase}. */
export function capitalizedWords(words: readonly string[]): string {
  return words.map(capitalized).join("");
}

/** `tasksGetStats`. */
export function camelCase(words: readonly string[]): string {
  const [first = "", ...rest] = words;
  const name = first.toLowerCase() + capitalizedWords(rest);
  return /^\p{L}/u.test(name) ? name : `x${name}`;
}

/** `tasks_get_stats`; `prefix` goes before a digit, which no identifier can start with. */
export function snakeCase(words: readonly string[], prefix: string): string {
  const name = words.map((word) => word.toLowerCase()).join("_");
  return /^\p{L}/u.test(name) ? name : `${prefix}${name}`;
}

/**
 * The words of a field's name, without a domain before a slash (`io.example/limits`), or its code points
 * if it has no words. The result is never empty.
 */
export function wordsOrCodePoints(name: string): string[] {
  const words = wordsOf(name.replace(/^[\w-]+(?:\.[\w-]+)+\/(?=[\p{L}\p{Nd}])/u, ""));
  if (words.length > 0) return words;
  return name === "" ? ["empty"] : codePoints(name).split(" ");
}

/** The code points of a text as one word per character: `u1f3d3`. */
function codePoints(text: string): string {
  return Array.from(text, (symbol) => `u${symbol.codePointAt(0)!.toString(16)}`).join(" ");
}

function capitalized(word: string): string {
  const [first = "", ...rest] = word;
  return first.toUpperCase() + rest.join("").toLowerCase();
}
