import type { ApiModel, Model, Models } from "../model/api-model.js";
import { GoNames } from "./names/names.js";

/** What the printers print from. */
export interface GoApi {
  readonly api: ApiModel;
  readonly models: Models;
  readonly names: GoNames;
}

/** @throws ContractError when two methods have one name. */
export function goApi(contract: ApiModel): GoApi {
  const models = contract.models.map(withUnknownFields);
  const byName = new Map(models.map((model) => [model.name, model]));
  const api = { ...contract, models, byName };
  return { api, models: byName, names: new GoNames(api) };
}

/** An object that is received and sent has a place for the fields that the client does not know. */
function withUnknownFields(model: Model): Model {
  const isBoth = model.kind === "object" && model.input && model.output;
  return isBoth && model.rest === undefined ? { ...model, rest: { kind: "unknown" } } : model;
}
