// A lint rule: a file in src/ imports only from the rooms that the table in .oxlintrc.json allows.
// The table has a row for each room (`gateway`) and each room within one (`gateway/http`). A row
// names the rooms from which it may import; another room's files are reached through its index.ts.
import { dirname, join, relative, resolve } from "node:path";

const src = resolve(import.meta.dirname, "..", "src");

/** The room of a file, as ["gateway", "gateway/http"]; files of src/ itself are in none. */
function roomsOf(file) {
  const folders = dirname(relative(src, file)).split("/");
  if (folders[0] === "." || folders[0] === "..") return [];
  return [folders[0], ...(folders.length > 1 ? [folders.slice(0, 2).join("/")] : [])];
}

/** Why `file` may not import `target`, or undefined. */
export function forbidden(table, file, target) {
  const [from, fromInner = from] = roomsOf(file);
  const [to, toInner = to] = roomsOf(target);
  if (from === undefined || to === undefined) return undefined;
  if (from !== to) {
    if (!table[from]?.includes(to)) return `${from} does not import from ${to}`;
    // Generated clients carry single files of protocol.
    if (target === join(src, to, "index.js") || to === "protocol") return undefined;
    return `import from ${to}/index.js`;
  }
  // The files beside the inner rooms put them together: they import from all of them.
  if (fromInner === toInner || fromInner === from) return undefined;
  return table[fromInner]?.includes(toInner)
    ? undefined
    : `${fromInner} does not import from ${toInner}`;
}

const rule = {
  meta: { type: "problem", schema: [{ type: "object" }] },
  create(context) {
    const [table] = context.options;
    const check = (node) => {
      const path = node.source?.value;
      if (typeof path !== "string" || !path.startsWith(".")) return;
      const reason = forbidden(table, context.filename, resolve(dirname(context.filename), path));
      if (reason) context.report({ node: node.source, message: reason });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
    };
  },
};

export default { meta: { name: "rooms" }, rules: { arrows: rule } };
