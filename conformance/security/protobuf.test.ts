// The protobuf protocol carries any bytes, and Centrifugo puts them into a JSON request for the
// gateway. The embedded broker does not speak it.
import { Centrifuge } from "centrifuge/build/protobuf";
import { WebSocket } from "ws";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCentrifugoStack, type Stack } from "../stack/stack.js";
import { findCentrifugo } from "../../testing/toolchains.js";

const binary = findCentrifugo();

describe.skipIf(binary === undefined)("data of the protobuf protocol", () => {
  let stack: Stack;
  let client: Centrifuge;

  beforeAll(async () => {
    stack = await startCentrifugoStack(binary!);
    const token = await stack.token("mallory");
    client = new Centrifuge(stack.url, { token, websocket: WebSocket });
    client.connect();
    await client.ready();
  });
  afterAll(async () => {
    client.disconnect();
    await stack.close();
  });

  const whoAmI = (data: string) =>
    client.rpc("who_am_i", new TextEncoder().encode(data)).then(
      (reply) => new TextDecoder().decode(reply.data as Uint8Array),
      (error: { code: number }) => error.code,
    );

  it("reaches the gateway when it is JSON", async () => {
    expect(JSON.parse(String(await whoAmI("{}")))).toMatchObject({ userId: "mallory" });
  });

  it.each(['{},"user":"anna"', '{}, "user":"anna", "data":{}', "null}{", "\0", "[", '"\ud800'])(
    "writes nothing into the proxy request beside itself: %j",
    async (data) => {
      expect(await whoAmI(data)).toBe(100);
    },
  );
});
