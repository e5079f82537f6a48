/** The packages that generated code can use, by the names under which it does. */
const PACKAGES: Readonly<Record<string, string>> = {
  context: "context",
  errors: "errors",
  fmt: "fmt",
  json: "encoding/json",
  log: "log",
  rpc: "apiclient/rpc",
  time: "time",
  wire: "apiclient/rpc/wire",
};

/** The packages that some code uses. */
export function importsOf(code: string): string[] {
  const plain = code.replace(/\/\/.*|"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, "");
  const named = Object.entries(PACKAGES)
    .filter(([name]) => new RegExp(`(?<![\\w.])${name}\\.[A-Z]`).test(plain))
    .map(([, path]) => path);
  return /^\/\/go:embed /m.test(code) ? ["embed", ...named] : named;
}

/** The import declaration: the packages of Go first. */
export function importBlock(paths: readonly string[]): string {
  if (paths.length === 0) return "";
  if (paths.length === 1) return `import ${spec(paths[0]!)}\n`;
  const isOwn = (path: string) => /^apiclient\b/.test(path);
  const groups = [paths.filter((path) => !isOwn(path)), paths.filter(isOwn)];
  const texts = groups
    .filter((group) => group.length > 0)
    .map((group) =>
      group
        .toSorted()
        .map((path) => `\t${spec(path)}\n`)
        .join(""),
    );
  return `import (\n${texts.join("\n")})\n`;
}

/** `embed` is imported for its directive alone. */
function spec(path: string): string {
  return `${path === "embed" ? "_ " : ""}"${path}"`;
}
