import { describe, expect, it } from "vitest";
import { createRouter, Registry } from "../handlers/index.js";
import { createGateway } from "./gateway.js";

const probe = (data: unknown) => ({
  client: "c1",
  transport: "websocket",
  protocol: "json",
  encoding: "json",
  user: "42",
  method: "$rpc.probe",
  data,
});

function gateway(inlineTimeoutMs: number) {
  const publisher = { publish: async () => undefined };
  return createGateway({ router: createRouter(new Registry()), publisher, inlineTimeoutMs });
}

describe("$rpc.probe", () => {
  it("replies after the time asked for", async () => {
    const before = performance.now();
    const reply = await gateway(1000).rpc(probe({ $rpc: 1, wait_ms: 30 }));
    expect(reply).toEqual({ result: { data: { $rpc: 1, waited_ms: 30 } } });
    // Timers may be early by what was rounded.
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
  });

  it("waits no longer than the inline time", async () => {
    const reply = await gateway(5).rpc(probe({ $rpc: 1, wait_ms: 600_000 }));
    expect(reply).toEqual({ result: { data: { $rpc: 1, waited_ms: 5 } } });
  });

  it.each([undefined, {}, { $rpc: 2, wait_ms: 1 }, { $rpc: 1 }, { $rpc: 1, wait_ms: -1 }])(
    "refuses %j",
    async (data) => {
      expect(await gateway(5).rpc(probe(data))).toMatchObject({ error: { code: 400 } });
    },
  );

  it("refuses the ninth at a time, and takes others when those have ended", async () => {
    const waitingGateway = gateway(20);
    const rpc = (request: ReturnType<typeof probe>) => waitingGateway.rpc(request);
    const waiting = Array.from({ length: 8 }, () => rpc(probe({ $rpc: 1, wait_ms: 20 })));
    expect(await rpc(probe({ $rpc: 1, wait_ms: 0 }))).toMatchObject({ error: { code: 429 } });
    for (const reply of await Promise.all(waiting)) expect(reply).toHaveProperty("result");
    expect(await rpc(probe({ $rpc: 1, wait_ms: 0 }))).toHaveProperty("result");
  });
});
