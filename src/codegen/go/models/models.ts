import { unreachable, type Model } from "../../model/api-model.js";
import { aliasText } from "./aliases.js";
import { anyOfText } from "./any-of.js";
import { enumText } from "./enums.js";
import type { GoApi } from "../go-api.js";
import { importBlock, importsOf } from "../imports.js";
import { structText } from "./structs.js";
import { tupleText } from "./tuples.js";
import { isBoolean } from "../types.js";
import { unionText } from "./unions.js";

/** The text of `models.go`. */
export function modelsFile(go: GoApi): string {
  const models = go.api.models
    .filter((model) => !isBoolean(model))
    .map((model) => declaration(model, go));
  const tuples = go.names.tuples().map(([type, name]) => tupleText(type, name, undefined, go));
  const declarations = [...models, ...tuples];
  const imports = importBlock(importsOf(declarations.join("\n")));
  return ["package apiclient\n", imports, ...declarations].filter((part) => part !== "").join("\n");
}

function declaration(model: Model, go: GoApi): string {
  switch (model.kind) {
    case "object":
      return structText(model, go);
    case "enum":
      return enumText(model, go);
    case "union":
      return model.ambiguous ? anyOfText(model, go) : unionText(model, go);
    case "alias":
      return aliasText(model, go);
    default:
      return unreachable(model);
  }
}
