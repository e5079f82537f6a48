import { type Model } from "../../model/api-model.js";
import type { Code, SourceFile } from "../../print/source-file.js";
import type { GoApi } from "../go-api.js";
import { isBoolean } from "../types.js";
import { aliasCode } from "./aliases.js";
import { anyOfCode } from "./any-of.js";
import { enumCode } from "./enums.js";
import { structCode } from "./structs.js";
import { tupleCode } from "./tuples.js";
import { unionCode } from "./unions.js";

/** Prints `models.go`. */
export function printModels(file: SourceFile, go: GoApi): void {
  for (const model of go.api.models) if (!isBoolean(model)) file.print(declaration(model, go));
  for (const [type, name] of go.names.tuples()) file.print(tupleCode(type, name, undefined, go));
}

function declaration(model: Model, go: GoApi): Code {
  switch (model.kind) {
    case "object":
      return structCode(model, go);
    case "enum":
      return enumCode(model, go);
    case "union":
      return model.ambiguous ? anyOfCode(model, go) : unionCode(model, go);
    case "alias":
      return aliasCode(model, go);
  }
}
