import { IMPORTABLE } from "./names.js";
import { importFrom } from "./source.js";

/** The packages of the standard library that are imported from; the others come after them. */
const STANDARD_LIBRARY = new Set(["typing"]);

/**
 * The imports of a module, in groups as isort makes them: what its code uses of the runtime and of
 * its packages, and what `own` names in other generated modules.
 */
export function importsFor(
  code: string,
  own: Readonly<Record<string, readonly string[]>> = {},
): string {
  const used = namesIn(withoutTexts(code));
  const statements = Object.entries({ ...IMPORTABLE, ...own })
    .map(([module, names]): [string, string] => [
      module,
      importFrom(
        module,
        names.filter((name) => used.has(name)),
      ),
    ])
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const group = (isIn: (module: string) => boolean) =>
    statements.flatMap(([module, text]) => (isIn(module) ? [text] : [])).join("");
  const groups = [
    group((module) => STANDARD_LIBRARY.has(module)),
    group((module) => !STANDARD_LIBRARY.has(module) && !module.startsWith(".")),
    group((module) => module.startsWith(".")),
  ];
  return ["from __future__ import annotations\n", ...groups]
    .filter((text) => text !== "")
    .join("\n");
}

/** Types by their names, which attributes do not have, and functions that are called. */
function namesIn(code: string): ReadonlySet<string> {
  const types = code.match(/\p{Lu}[\p{L}\p{M}\p{Nd}_]*/gu) ?? [];
  const calls = code.match(/(?<!def |[\p{L}\p{M}\p{Nd}_])\p{Ll}\w*(?=\()/gu) ?? [];
  return new Set([...types, ...calls]);
}

function withoutTexts(code: string): string {
  return code.replace(/"""(?:[^\\]|\\[^])*?"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
}
