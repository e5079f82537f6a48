import { referencesIn, referencesOf, type JsonValue, type Model } from "../model/api-model.js";
import { tableOf, WireTable } from "../print/wire-table.js";
import type { GoApi } from "./go-api.js";

/**
 * The text of `schemas.json`: the types of results and of the details of errors, as the base client
 * reads them (clients/go/rpc/wire/schemas.go). One line for each method, error and model.
 */
export function schemasFile(go: GoApi): string {
  const { api, models } = go;
  const table = new WireTable(models, () => true);
  const methods = api.methods.map(({ name, result, errors }): Row => [
    name,
    tableOf([
      ["result", table.optional(result)],
      ["errors", errors.length === 0 ? undefined : errors],
    ]),
  ]);
  const errors = api.errors.map(({ name, details }): Row => [
    name,
    tableOf([["details", table.optional(details)]]),
  ]);
  const checked = checkedModels(go).map((model): Row => [model.name, table.model(model)]);
  return `{
${section("methods", methods)},
${section("errors", errors)},
${section("models", checked)}
}
`;
}

type Row = readonly [key: string, value: JsonValue];

function section(name: string, rows: readonly Row[]): string {
  const lines = rows.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return lines.length === 0 ? `"${name}": {}` : `"${name}": {\n${lines.join(",\n")}\n}`;
}

/** The types of results and details, and the ambiguous unions. */
function checkedModels({ api, models }: GoApi): Model[] {
  const types = [
    ...api.methods.map(({ result }) => result),
    ...api.errors.map(({ details }) => details),
  ];
  const ambiguous = api.models.filter((model) => model.kind === "union" && model.ambiguous);
  const roots = [
    ...types.flatMap((type) => (type === undefined ? [] : referencesIn(type))),
    ...ambiguous.map(({ name }) => name),
  ];
  const found = new Set<string>();
  for (let name = roots.pop(); name !== undefined; name = roots.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    roots.push(...referencesOf(models.get(name)!));
  }
  return api.models.filter(({ name }) => found.has(name));
}
