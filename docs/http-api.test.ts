// docs/http-api.md has the routes and fields that the gateway has, as its OpenAPI document says.
import { beforeAll, expect, it } from "vitest";
import { startService, type OpenApi, type Service } from "../testing/http-api-service.js";
import { readDocument, tableBelow } from "./testing/markdown.js";

const page = readDocument("docs/http-api.md");
let service: Service;
let document: OpenApi;
beforeAll(async () => {
  service = await startService();
  ({ document } = service);
  await service.close();
});

it("has every route, and says which of them need a key", () => {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => [
      `${method.toUpperCase()} ${path}`,
      security?.length === 0 ? "no" : "yes",
    ]),
  );
  const described = tableBelow(page, "The HTTP API").map(([route, key]) => [
    route,
    key === "unless public" ? "yes" : key,
  ]);
  expect(new Map(described as [string, string][])).toEqual(
    new Map([...(routes as [string, string][]), ["GET /openapi.json", "no"]]),
  );
});

it.each(["publish", "broadcast", "presence", "history", "disconnect", "token"])(
  "has every field of POST /api/%s and its default",
  (name) => {
    const body = `${name[0]?.toUpperCase()}${name.slice(1)}Request`;
    const { properties, required } = document.components.schemas[body] as {
      properties: Record<string, { default?: unknown }>;
      required: string[];
    };
    const rows = tableBelow(page, `POST /api/${name}`);
    expect(rows.map(([field]) => field)).toEqual(Object.keys(properties));
    for (const [field = "", text] of rows) {
      const { default: fallback } = properties[field] ?? {};
      const written = fallback === undefined ? text : JSON.stringify(fallback);
      expect([field, text]).toEqual([field, required.includes(field) ? "required" : written]);
    }
  },
);

it("has every field of the result in both spellings", () => {
  const { properties } = document.components.schemas["PublishResult"] as {
    properties: Record<string, object>;
  };
  const rows = tableBelow(page, "The result");
  expect(rows.map(([field]) => field)).toEqual(Object.keys(properties));
  for (const [field = "", name] of rows) {
    expect(name).toBe(field.replaceAll(/_(.)/g, (_match, letter: string) => letter.toUpperCase()));
  }
});
