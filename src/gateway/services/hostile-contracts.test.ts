// What a contract says can do the gateway no harm.
import { describe, expect, it, vi } from "vitest";
import type { Contract } from "../../protocol/index.js";
import { createCaller } from "../../handlers/index.js";
import { connect, POLL, startService, WAIT } from "./testing/connected.js";
import { anyMethod } from "../../../testing/scripted-service.js";

describe("a contract that cannot be one", () => {
  const method = (fields: object) =>
    JSON.stringify({ contract: 1, methods: [{ name: "a.b", ...fields }] });
  const named = (...names: string[]) =>
    JSON.stringify({ contract: 1, methods: names.map((name) => ({ name })) });

  it.each([
    ["no text", "", "not valid JSON"],
    ["text that is not JSON", "<html>", "not valid JSON"],
    ["no object", "[]", "expected object"],
    ["null", "null", "expected object"],
    ["another version", '{"contract":2,"methods":[]}', "contract: "],
    ["no methods", '{"contract":1}', "methods: "],
    ["the prototype's methods", '{"contract":1,"__proto__":{"methods":[]}}', "methods: "],
    ["methods of a wrong type", '{"contract":1,"methods":{"a":{}}}', "methods: "],
    ["a method without a name", '{"contract":1,"methods":[{}]}', "methods.0.name"],
    ["params that are no schema", method({ params: 7 }), "methods.0.params"],
    ["a result that is null", method({ result: null }), "methods.0.result"],
    ["errors that are none", method({ errors: { code: 1 } }), "methods.0.errors"],
    ["a name with a line feed", named("a\nb"), "a name is words"],
    ["a name with a slash", named("../admin"), "a name is words"],
    ["an empty name", named(""), "a name is words"],
    ["a very long name", named("x".repeat(300)), "a name is words"],
    ["a reserved name", named("$rpc.cancel"), "are reserved"],
    ["the same name twice", named("a.b", "a.b"), "registered twice"],
    [
      "an error with a code of ours",
      method({ errors: [{ name: "Mine", code: 503 }] }),
      "1000 to 1999",
    ],
    [
      "an error without a proper name",
      method({ errors: [{ name: "a b", code: 1001 }] }),
      "PascalCase",
    ],
    [
      "two errors with one code",
      method({
        errors: [
          { name: "One", code: 1001 },
          { name: "Two", code: 1001 },
        ],
      }),
      "Two (1001)",
    ],
    [
      "an example of params that there are not",
      method({ examples: [{ params: 1 }] }),
      "does not declare any",
    ],
    ["numbers that JSON does not have", method({ params: { const: 0 } }).replace("0", "1e999"), ""],
    [
      "300 levels",
      method({ params: 0 }).replace("0", `${'{"not":'.repeat(300)}{}${"}".repeat(300)}`),
      "256 levels",
    ],
    ["5 MiB", method({ description: "x".repeat(5 * 1024 * 1024) }), "5242880 bytes"],
    ["5 MiB of brackets", "[".repeat(5 * 1024 * 1024), "256 levels"],
  ])("with %s counts as the service being down", async (_what, body, reason) => {
    const service = await startService(["a.run"]);
    service.onContract = (response) => response.writeHead(200, { ETag: '"x"' }).end(body);
    const { services, lines } = await connect([service]);
    expect(lines).toMatchObject([{ level: "warn", reason: expect.stringContaining(reason) }]);
    expect((lines[0]!["reason"] as string).length).toBeLessThanOrEqual(1000);
    expect(services.states()).toMatchObject([{ state: "down", methods: [] }]);
    expect(services.contract().methods).toEqual([]);
  });

  it("later leaves what was known, until there is a good one", async () => {
    const service = await startService(["a.run"]);
    const { services, logged } = await connect([service], POLL);
    const good = service.onContract;
    service.onContract = (response) => response.writeHead(200, { ETag: '"x"' }).end("{}");
    await logged("handler service down");
    expect(await createCaller({ registry: services }).call("a.run", 1)).toBe(1);
    service.onContract = good;
    service.change("a.new");
    await vi.waitUntil(() => services.get("a.new"), WAIT);
    expect(services.states()).toMatchObject([{ state: "up", methods: ["a.new"] }]);
  });

  it("with names of Object.prototype has just these methods", async () => {
    const names = ["__proto__", "constructor", "hasOwnProperty", "toString"];
    const service = await startService(names.map((name) => anyMethod(name)));
    const { services } = await connect([service]);
    expect(services.list().map(({ name }) => name)).toEqual(names);
    expect(services.get("valueOf")).toBeUndefined();
    expect(await createCaller({ registry: services }).call("__proto__", 1)).toBe(1);
  });

  it("in parts that are not known is read as far as it is known", async () => {
    const service = await startService(["a.run"]);
    service.contract = {
      contract: 1,
      methods: [{ name: "a.run", params: {}, owner: "team" }],
      generator: "x",
    } as unknown as Contract;
    const { services } = await connect([service]);
    expect(services.contract()).toEqual({ contract: 1, methods: [{ name: "a.run", params: {} }] });
  });

  it("keeps a property that is called __proto__", async () => {
    const service = await startService(["a.run"]);
    const schema = '{"type":"object","properties":{"__proto__":{"type":"string"}}}';
    service.onContract = (response) =>
      response.writeHead(200).end(`{"contract":1,"methods":[{"name":"a.run","params":${schema}}]}`);
    const { services } = await connect([service]);
    expect(JSON.stringify(services.contract().methods[0]?.params)).toBe(schema);
  });
});
