/**
 * A matcher for Centrifugo's globs (allowed origins, the API's `channels` pattern): `*` and `**`
 * any characters, `?` one, `[a-z]` and `[!a-z]` classes, `{a,b}` alternatives, `\` quotes.
 *
 * The language is that of https://github.com/gobwas/glob without separators.
 *
 * @throws SyntaxError when the pattern has an open class or alternative.
 */
export function globMatcher(pattern: string): (value: string) => boolean {
  const expression = new RegExp(`^(?:${globSource(pattern)})$`, "su");
  return (value) => expression.test(value);
}

function globSource(pattern: string): string {
  let source = "";
  let open = 0;
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at]!;
    if (character === "{") open++;
    if (character === "}" && open > 0) {
      open--;
      source += ")";
    } else if (character === "[") {
      const end = pattern.indexOf("]", at + 1);
      if (end === -1) throw new SyntaxError(`glob ${JSON.stringify(pattern)}: "[" is not closed`);
      source += classSource(pattern.slice(at + 1, end));
      at = end;
    } else if (character === "\\") {
      at++;
      source += quoted(pattern[at] ?? "\\");
    } else {
      source += sourceOf(character, open > 0);
    }
  }
  if (open > 0) throw new SyntaxError(`glob ${JSON.stringify(pattern)}: "{" is not closed`);
  return source;
}

function sourceOf(character: string, inAlternatives: boolean): string {
  if (character === "*") return ".*";
  if (character === "?") return ".";
  if (character === "{") return "(?:";
  if (character === "," && inAlternatives) return "|";
  return quoted(character);
}

function classSource(inner: string): string {
  const negated = inner.startsWith("!");
  const characters = (negated ? inner.slice(1) : inner).replace(/[\\^[\]]/g, "\\$&");
  return `[${negated ? "^" : ""}${characters}]`;
}

function quoted(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
