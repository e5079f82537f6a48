import type { ApiModel, Model, Models } from "../model/api-model.js";
import { GoNames } from "./names/names.js";

/** The input of the printers. */
export interface GoApi {
  readonly api: ApiModel;
  readonly models: Models;
  readonly names: GoNames;
}

/** @throws ContractError when two methods have the same name. */
export function goApi(contract: ApiModel): GoApi {
  const models = contract.models.map(withUnknownFields);
  const byName = new Map(models.map((model) => [model.name, model]));
  const api = { ...contract, models, byName };
  return { api, models: byName, names: new GoNames(api) };
}

/** An object that is both received and sent has a field for unknown fields. */
function withUnknownFields(model: Model): Model {
  const isBoth = model.kind === "object" && model.input && model.output;
  return isBoth && model.rest === undefined ? { ...model, rest: { kind: "unknown" } } : model;
}
