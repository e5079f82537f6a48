import { unreachable, type ApiModel, type Model, type Models } from "../api-model.js";
import { HELPERS } from "./encoding.js";
import { enumText, structText } from "./structs.js";
import { unionText } from "./unions.js";

/** The text of `models.go`. */
export function modelsFile(api: ApiModel, models: Models): string {
  const declarations = api.models.map((model) => declaration(model, models)).filter(Boolean);
  const code = withoutText(declarations.join("\n"));
  const helpers = [...HELPERS].filter(([name]) => code.includes(`${name}(`));
  const imports = new Set([
    ...helpers.flatMap(([, helper]) => helper.imports),
    ...(/\bjson\.(RawMessage|Unmarshal)\b/.test(code) ? ["encoding/json"] : []),
    ...(api.models.some((model) => model.kind === "union") ? ["errors", "fmt"] : []),
  ]);
  const parts = [
    "package apiclient\n",
    importBlock([...imports].toSorted()),
    ...declarations,
    ...helpers.map(([, helper]) => helper.text),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function importBlock(imports: readonly string[]): string {
  if (imports.length === 0) return "";
  if (imports.length === 1) return `import "${imports[0]}"\n`;
  return `import (\n${imports.map((path) => `\t"${path}"\n`).join("")})\n`;
}

function declaration(model: Model, models: Models): string {
  switch (model.kind) {
    case "object":
      return structText(model, models);
    case "enum":
      return model.base === "boolean" ? "" : enumText(model);
    case "union":
      return unionText(model, models);
    default:
      return unreachable(model);
  }
}

/** Code without comments and string literals. */
function withoutText(code: string): string {
  return code.replace(/\/\/.*|"(?:[^"\\\n]|\\.)*"|`[^`]*`/g, "");
}
