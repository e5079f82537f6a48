// docs/handler-services.md: several services behind one gateway.
import { describe, expect, it, vi } from "vitest";
import { createCaller, Registry, websocketRpc } from "../../handlers/index.js";
import { connectHandlerServices } from "./handler-services.js";
import { connect, POLL, startService, WAIT } from "./testing/connected.js";

describe("a method in two places", () => {
  it("at the start is refused: the error has all of them, the places and the fix", async () => {
    const [one, two] = [
      await startService(["a.run", "a.both", "a.own"]),
      await startService(["a.both", "b.run"]),
    ];
    const before = one.connections;
    const refused = connect([one, two], { ...POLL, handlers: own("a.own", "own.run") });
    await expect(refused).rejects.toThrow(
      expect.objectContaining({
        code: "CRPC_METHOD_DUPLICATE",
        message: [
          "these methods are in more than one place:",
          `- "a.both": ${one.url} and ${two.url}`,
          `- "a.own": the gateway's own handlers and ${one.url}`,
          "Fix: rename the methods, or remove them from one of the places",
        ].join("\n"),
      }),
    );
    // Nothing goes on in the background.
    expect(one.connections).toBe(before + 1);
  });

  it("later stays where it was, and an error is logged once", async () => {
    const [one, two] = [await startService(["a.run"]), await startService(["b.run"])];
    two.onCall = (response) => response.writeHead(500).end();
    const { services, lines } = await connect([one, two], POLL);
    two.change("b.run", "a.run");
    const errors = () => lines.filter(({ level }) => level === "error");
    await vi.waitUntil(() => errors().length > 0, WAIT);
    two.change("b.run", "a.run", "b.new");
    await vi.waitUntil(() => services.get("b.new"), WAIT);
    expect(errors()).toEqual([
      {
        level: "error",
        message: `method "a.run" of ${two.url} is not served: ${one.url} has it already`,
        method: "a.run",
      },
    ]);
    expect(await createCaller({ registry: services }).call("a.run", 1)).toBe(1);
    expect(services.states().map(({ methods }) => methods)).toEqual([
      ["a.run"],
      ["b.new", "b.run"],
    ]);
    expect(services.contract().methods).toHaveLength(3);
  });

  it("goes to the other place when the first one gives it up", async () => {
    const [one, two] = [await startService(["a.run"]), await startService(["b.run"])];
    const { services } = await connect([one, two], POLL);
    two.change("a.run");
    await vi.waitUntil(() => services.get("b.run") === undefined, WAIT);
    one.change("a.other");
    await vi.waitUntil(() => services.states()[1]?.methods.includes("a.run"), WAIT);
    await createCaller({ registry: services }).call("a.run", 1);
    expect(one.calls).toHaveLength(0);
    expect(two.calls).toHaveLength(1);
  });

  it("is the service's when the gateway's own handlers come by it on reload", async () => {
    const service = await startService(["a.run"]);
    const { services, lines } = await connect([service], { ...POLL, handlers: own("own.run") });
    services.replaceHandlers(own("own.new", "a.run"));
    expect(services.list().map(({ name }) => name)).toEqual(["a.run", "own.new"]);
    expect(lines.at(-1)).toMatchObject({
      level: "error",
      message: `method "a.run" of the gateway's own handlers is not served: ${service.url} has it already`,
    });
    expect(await createCaller({ registry: services }).call("a.run", "there")).toBe("there");
  });

  it("is the gateway's when a service that was away comes with it", async () => {
    const service = await startService(["own.run", "a.run"]);
    await service.stop();
    const { services, lines } = await connect([service], { ...POLL, handlers: own("own.run") });
    await service.listen();
    await vi.waitUntil(() => services.get("a.run"), WAIT);
    expect(lines).toContainEqual(expect.objectContaining({ level: "error", method: "own.run" }));
    expect(await createCaller({ registry: services }).call("own.run")).toBeNull();
    expect(service.calls).toEqual([]);
  });
});

describe("the gateway's own handlers", () => {
  it("are replaced: the contract follows, and calls go to the new ones", async () => {
    const service = await startService(["a.run"]);
    const { services, onChange } = await connect([service], { ...POLL, handlers: own("own.old") });
    const before = services.contract();
    services.replaceHandlers(own("own.new"));
    expect(services.contract()).not.toBe(before);
    expect(services.contract().methods.map(({ name }) => name)).toEqual(["a.run", "own.new"]);
    expect(services.get("own.old")).toBeUndefined();
    expect(onChange).not.toHaveBeenCalled();
  });

  it("are all there is without services", async () => {
    const services = await connectHandlerServices({
      urls: [],
      secret: "secret",
      handlers: own("own.run"),
    });
    expect(services.list().map(({ name }) => name)).toEqual(["own.run"]);
    expect(services.missing?.("x")).toBeUndefined();
    expect(services.states()).toEqual([]);
    await services.close();
  });
});

describe("the options", () => {
  it.each([
    ["no URL", /must be a URL, as in http/],
    ["ftp://service/rpc", /must be a URL/],
    ["file:///etc/passwd", /must be a URL/],
    ["//service/rpc", /must be a URL/],
    ["http://user:password@service/rpc", /must not have a user name or a password/],
    ["http://service/rpc?key=1", /must not have a query/],
    ["http://service/rpc#part", /must not have a query/],
  ])("take no service %s", async (url, message) => {
    const refused = connectHandlerServices({ urls: [url], secret: "s", handlers: new Registry() });
    await expect(refused).rejects.toThrow(message);
    await expect(refused).rejects.toBeInstanceOf(TypeError);
    await expect(refused).rejects.not.toThrow("password@");
  });

  it("take no empty secret, and no service twice", async () => {
    const handlers = new Registry();
    const url = "http://localhost:1/rpc";
    await expect(connectHandlerServices({ urls: [url], secret: "", handlers })).rejects.toThrow(
      "the secret of the handler services must not be empty",
    );
    for (const same of [url, `${url}/`, "HTTP://LOCALHOST:1/rpc"]) {
      const twice = connectHandlerServices({ urls: [url, same], secret: "s", handlers });
      await expect(twice).rejects.toThrow(`handler service ${same} is listed twice`);
    }
  });
});

function own(...names: string[]): Registry {
  const registry = new Registry();
  for (const name of names) websocketRpc(name, { registry })(async () => undefined);
  return registry;
}
