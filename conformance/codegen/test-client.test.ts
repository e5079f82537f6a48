// A generated client in a unit test: `createTestClient` with the base client that the folder carries.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import {
  buildContract,
  collectMethods,
  defineError,
  Registry,
  websocketRpc,
  type Methods,
} from "centrifugo-rpc";
import { createTestClient, type ClientClass, type TestableClient } from "centrifugo-rpc/testing";
import { runtimes } from "../../src/cli/project/package-files.js";
import { buildModel, generateTypescript } from "../../src/codegen/index.js";
import { Project } from "./project.js";

const OrderMissing = defineError("OrderMissing", {
  code: 1100,
  message: "there is no such order",
  details: z.object({ id: z.stringFormat("int64", /^-?\d+$/) }),
});

const Order = z.object({ id: z.stringFormat("int64", /^-?\d+$/), due: z.iso.datetime() });

let handlers: Methods;

/** The parts of the generated module that the tests use. */
interface GeneratedModule {
  CentrifugoRPCClient: ClientClass<TestableClient & { disconnect(): void }>;
  APIClient: new (
    rpc: TestableClient,
    options?: object,
  ) => Record<string, (params: object) => Promise<unknown>>;
  OrderMissing: new () => Error;
}
let generated: GeneratedModule;

const project = new Project();
afterAll(() => project[Symbol.dispose]());

beforeAll(async () => {
  handlers = await collectMethods(async () => {
    await import("../../examples/tasks/handlers.js");
    websocketRpc("orders.move", { params: Order, result: Order, errors: [OrderMissing] })(
      async (_conn, order) => {
        if (order.id === "0") throw new OrderMissing({ id: order.id });
        return order;
      },
    );
  });
  const model = buildModel(buildContract(handlers));
  const runtime = runtimes.typescript();
  symlinkSync(
    join(import.meta.dirname, "../../node_modules"),
    join(project.folder, "node_modules"),
  );
  project.write("", generateTypescript({ model, runtime, generatorVersion: "0.0.0" }));
  generated = (await import(join(project.folder, "src/index.ts"))) as GeneratedModule;
});

function apiFor(methods: Methods, options = {}) {
  const { APIClient, CentrifugoRPCClient } = generated;
  const rpc = createTestClient(methods, { client: CentrifugoRPCClient, userId: "123" });
  return new APIClient(rpc, options);
}

describe("a generated client without a socket", () => {
  it("calls the handlers of examples/tasks", async () => {
    const api = apiFor(handlers);
    const stats = await api["tasksGetStats"]!({ user_id: "123" });
    expect(stats).toEqual({ total: 3, completed: 1, pending: 2 });
    await expect(api["tasksComplete"]!({ id: 999 })).rejects.toMatchObject({ code: 1004 });
  });

  it("encodes and checks values", async () => {
    const api = apiFor(handlers);
    const order = { id: 9007199254740993n, due: "2026-11-30T12:00:00Z" };
    expect(await api["ordersMove"]!(order)).toEqual(order);
    const wrong = api["ordersMove"]!({ ...order, due: "tomorrow" });
    await expect(wrong).rejects.toMatchObject({ code: 400 });
  });

  it("gets declared errors as their classes", async () => {
    const failed = apiFor(handlers)["ordersMove"]!({ id: 0n, due: "2026-11-30T12:00:00Z" });
    await expect(failed).rejects.toBeInstanceOf(generated.OrderMissing);
    await expect(failed).rejects.toMatchObject({ code: 1100, details: { id: 0n } });
  });

  it("learns that the contract of the handlers differs", async () => {
    const onContractMismatch = vi.fn<(mismatch: object) => void>();
    apiFor(new Registry(), { onContractMismatch });
    await vi.waitFor(() => expect(onContractMismatch).toHaveBeenCalledOnce());
    expect(onContractMismatch.mock.calls[0]![0]).toMatchObject({
      methods: { "orders.move": "removed" },
    });
  });
});
