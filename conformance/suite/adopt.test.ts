// docs/adopt.md: its JSON, merged into the configuration of an existing Centrifugo.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Centrifuge } from "centrifuge";
import { CentrifugoRPCClient } from "centrifugo-rpc/client";
import {
  createCentrifugoApi,
  createGateway,
  createToken,
  startGatewayServer,
} from "centrifugo-rpc/gateway";
import { createRouter } from "centrifugo-rpc";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { freePort } from "../../testing/ports.js";
import { startCentrifugo } from "../../testing/processes/centrifugo.js";
import { startHandlers } from "../stack/handlers.js";
import { findCentrifugo } from "../../testing/toolchains.js";

const binary = findCentrifugo();
const page = readFileSync(resolve(import.meta.dirname, "../../docs/adopt.md"), "utf8");
const [additions = "", pubSub = ""] = [...page.matchAll(/```json\n(.*?)```/gs)].map(
  (match) => match[1],
);

type Json = { [key: string]: unknown };

function merge(base: Json, more: Json): Json {
  const merged = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const both = isObject(value) && isObject(merged[key]);
    merged[key] = both ? merge(merged[key] as Json, value as Json) : value;
  }
  return merged;
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An existing Centrifugo with the additions of the page, and the gateway. */
async function adopted(gatewayAdditions: string[]) {
  const port = await freePort();
  const { methods } = await startHandlers();
  const api = createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey: "their-key" });
  const gateway = createGateway({ router: createRouter(methods), publisher: api });
  const server = await startGatewayServer({ gateway, proxySecret: "CHANGE-ME", port: 0 });
  const theirs = {
    http_server: { port: String(port) },
    client: { token: { hmac_secret_key: "their-secret" } },
    http_api: { key: "their-key" },
    health: { enabled: true },
    channel: {
      without_namespace: { allow_subscribe_for_client: true, allow_publish_for_client: true },
      namespaces: [
        { name: "chat", allow_subscribe_for_client: true, allow_publish_for_client: true },
      ],
    },
  };
  const config = gatewayAdditions
    .map((text) => JSON.parse(text.replaceAll("http://127.0.0.1:8001", server.url)) as Json)
    .reduce(merge, theirs);
  const centrifugo = await startCentrifugo(binary ?? "", config as typeof theirs);
  return {
    url: `ws://127.0.0.1:${port}/connection/websocket`,
    token: await createToken({ secret: "their-secret", userId: "42" }),
    async [Symbol.asyncDispose]() {
      await centrifugo.close();
      await server.close();
    },
  };
}

describe.skipIf(!binary)("a Centrifugo that adopts the gateway", () => {
  it("serves this project's clients, plain SDK clients, and its own channels as before", async () => {
    await using stack = await adopted([additions]);
    const rpc = new CentrifugoRPCClient(stack.url, stack.token, "42");
    await rpc.connect();
    expect(await rpc.call("math.add", { a: 1, b: 2 })).toEqual({ sum: 3 });
    rpc.disconnect();

    const centrifuge = new Centrifuge(stack.url, { token: stack.token, websocket: WebSocket });
    centrifuge.connect();
    expect((await centrifuge.rpc("math.add", { a: 1, b: 2 })).data).toEqual({ sum: 3 });
    for (const channel of ["chat:general", "news"]) {
      const subscription = centrifuge.newSubscription(channel);
      const received = new Promise((done) => subscription.once("publication", done));
      subscription.subscribe();
      await subscription.publish({ text: "hello" });
      expect(await received).toMatchObject({ data: { text: "hello" } });
    }
    centrifuge.disconnect();
  });

  it("takes published calls with the second addition, and then refuses other publications", async () => {
    await using stack = await adopted([additions, pubSub]);
    const centrifuge = new Centrifuge(stack.url, { token: stack.token, websocket: WebSocket });
    const replies = centrifuge.newSubscription("user#42");
    const reply = new Promise((done) => replies.once("publication", done));
    replies.subscribe();
    centrifuge.connect();
    await replies.ready();
    const call = { method: "math.add", params: { a: 1, b: 2 }, correlation_id: "c1" };
    await centrifuge.publish("rpc.requests", call);
    expect(await reply).toMatchObject({ data: { correlation_id: "c1", result: { sum: 3 } } });
    await expect(centrifuge.publish("news", {})).rejects.toMatchObject({ code: 103 });
    await centrifuge.publish("chat:general", { text: "as before" });
    centrifuge.disconnect();
  });
});
