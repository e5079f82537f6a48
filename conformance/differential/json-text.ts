import type { Random } from "./random.js";

/** The members of an object as text. Names may be repeated, and values may be invalid JSON. */
export type Members = [name: string, text: string][];

/** Values that JSON parsers treat differently. */
const ODD_VALUES = [
  "null",
  "true",
  "false",
  "0",
  "1",
  "-1",
  "-0",
  "1.0",
  "1.5",
  "1e2",
  "1E+2",
  "01",
  "+1",
  "2147483647",
  "2147483648",
  "-2147483649",
  "4294967295",
  "4294967296",
  "9007199254740993",
  "18446744073709551615",
  "18446744073709551616",
  '""',
  '"1"',
  '"x"',
  '"true"',
  '"\\u0041"',
  '"\\ud83d\\ude00"',
  '"é"',
  '"a\\nb"',
  "''",
  "[]",
  "[null]",
  '["a"]',
  "[1]",
  "[[]]",
  "[1,]",
  "{}",
  '{"a":1}',
  '{"value":true}',
  '{"value":1}',
  '{"value":null}',
  '{"a":{"b":[]}}',
  "NaN",
  "undefined",
  "nul",
  "tru",
  "{",
  "]",
];

/** Writes an object, with an odd change in one of `sanity` cases. */
export function writeObject(random: Random, members: Members, sanity = 3): string {
  const changed = random.oneIn(sanity) ? change(random, members) : members;
  const space = random.oneIn(6) ? random.pick([" ", "\t", "  ", "\r"]) : "";
  const written = changed.map(([name, text]) => `${space}${JSON.stringify(name)}${space}:${text}`);
  return `{${written.join(`,${space}`)}${space}}`;
}

export function oddValue(random: Random): string {
  return random.pick(ODD_VALUES);
}

function change(random: Random, members: Members): Members {
  const result = [...members];
  const at = random.below(Math.max(1, result.length));
  const [name, text] = result[at] ?? ["x", "1"];
  switch (random.below(6)) {
    case 0:
      result.splice(at, 1);
      break;
    case 1:
      result[at] = [random.pick([name.toUpperCase(), capitalize(name)]), text];
      break;
    case 2:
      result.push([name, oddValue(random)]);
      break;
    case 3:
      result.unshift([name, oddValue(random)]);
      break;
    case 4:
      result.push([random.pick(["x", "__proto__", "constructor", ""]), oddValue(random)]);
      break;
    default:
      result[at] = [name, oddValue(random)];
  }
  return result;
}

function capitalize(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

/** Damages the text in one place. */
export function damage(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (random.below(5)) {
    case 0:
      return before + after.slice(1);
    case 1:
      return (
        before + random.pick(['"', "{", "}", "[", "]", ",", ":", "\\", "\n", " ", "1"]) + after
      );
    case 2:
      return before;
    case 3:
      return before + after.slice(0, 1) + after;
    default:
      return random.pick([" ", "\t", "\r", "\ufeff", "\u0000", "\u00a0", "garbage", "}"]) + text;
  }
}
