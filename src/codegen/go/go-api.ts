import type { ApiModel, Models } from "../model/api-model.js";
import { GoNames } from "./names/names.js";

/** What the printers print from. */
export interface GoApi {
  readonly api: ApiModel;
  readonly models: Models;
  readonly names: GoNames;
}

/** @throws ContractError when two methods have one name. */
export function goApi(api: ApiModel): GoApi {
  return { api, models: api.byName, names: new GoNames(api) };
}
