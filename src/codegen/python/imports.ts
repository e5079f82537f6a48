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
  // Not the names of arguments: `deprecated=True`.
  const used = new Set(
    withoutTexts(code).match(/[\p{L}_][\p{L}\p{M}\p{Nd}_]*(?![\p{L}\p{M}\p{Nd}_=])/gu),
  );
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

function withoutTexts(code: string): string {
  return code.replace(/"""[^]*?"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "");
}
