// One server API: of the embedded broker in process and over HTTP, and of a real Centrifugo.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../../testing/ports.js";
import { startCentrifugo } from "../../../testing/processes/centrifugo.js";
import { findCentrifugo } from "../../../testing/toolchains.js";
import { startBroker } from "../../broker/index.js";
import { RawClient } from "../../../testing/raw-client.js";
import { SECRET } from "../../../testing/tokens.js";
import { createBrokerApi, type BrokerApi } from "./broker-api.js";
import { CentrifugoApiError } from "./api-error.js";
import { createCentrifugoApi } from "./http-client.js";
import { centrifugoConfig } from "./generated-config.js";

const apiKey = "test-api-key";
const config = (port: number) =>
  centrifugoConfig({
    port,
    tokenHmacSecret: SECRET,
    apiKey,
    gatewayUrl: "http://127.0.0.1:1",
    proxySecret: "p",
  });
const backend = { rpc: async () => ({}), publish: async () => ({}) };
const centrifugo = findCentrifugo();

interface Running {
  api: BrokerApi;
  url: string;
  close(): Promise<void>;
}

const brokers: Record<string, (() => Promise<Running>) | undefined> = {
  "the embedded broker in process": async () => {
    const broker = await startBroker({ config: config(0), backend, port: 0 });
    return { api: createBrokerApi(broker), url: broker.url, close: () => broker.close() };
  },
  "the embedded broker over HTTP": async () => {
    const broker = await startBroker({ config: config(0), backend, port: 0 });
    const api = createCentrifugoApi({ url: broker.apiUrl, apiKey });
    return { api, url: broker.url, close: () => broker.close() };
  },
  Centrifugo: centrifugo
    ? async () => {
        const port = await freePort();
        const running = await startCentrifugo(centrifugo, config(port));
        return {
          api: createCentrifugoApi({ url: `http://127.0.0.1:${port}/api`, apiKey }),
          url: `ws://127.0.0.1:${port}/connection/websocket`,
          close: () => running.close(),
        };
      }
    : undefined,
};

describe.each(Object.entries(brokers))("the server API of %s", (_name, start) => {
  describe.skipIf(!start)("when it is on this machine", () => {
    let running: Running;
    beforeAll(async () => {
      running = await start!();
    });
    afterAll(() => running.close());

    async function subscriber(user: string, channel: string): Promise<RawClient> {
      const client = await RawClient.connect(running.url, user);
      await client.call({ subscribe: { channel } });
      return client;
    }

    it("publishes with tags, once for each idempotency key", async () => {
      const client = await subscriber("42", "events:one");
      const options = { idempotencyKey: "k", tags: { a: "b" } };
      await running.api.publish("events:one", { n: 1 }, options);
      await running.api.publish("events:one", { n: 2 }, options);
      await running.api.publish("events:one", null);
      expect(await client.push()).toMatchObject({ pub: { data: { n: 1 }, tags: { a: "b" } } });
      expect(await client.push()).toMatchObject({ pub: { data: null } });
      client.close();
    });

    it("broadcasts, and says of each channel whether it went well", async () => {
      const client = await subscriber("42", "user#42");
      const outcomes = await running.api.broadcast(["user#42", "nowhere:x"], "hi");
      expect(outcomes).toEqual([{}, { error: expect.any(CentrifugoApiError) }]);
      expect(outcomes[1]?.error).toMatchObject({ code: 102, retryable: false });
      expect(await client.push()).toMatchObject({ channel: "user#42", pub: { data: "hi" } });
      client.close();
    });

    it("tells who is present, and that a channel has no presence", async () => {
      const client = await subscriber("43", "events:here");
      expect(await running.api.presence("events:here")).toEqual([
        { client: expect.any(String), user: "43" },
      ]);
      expect(await running.api.presence("events:empty")).toEqual([]);
      await expect(running.api.presence("user#43")).rejects.toMatchObject({ code: 108 });
      client.close();
    });

    it("reads a part of the history", async () => {
      for (const n of [1, 2, 3]) await running.api.publish("events:past", { n });
      const { publications, epoch, offset } = await running.api.history("events:past", {
        limit: 2,
        reverse: true,
      });
      expect(publications.map(({ data }) => data)).toEqual([{ n: 3 }, { n: 2 }]);
      expect(offset).toBe(3);
      const since = { offset: 2, epoch };
      const later = await running.api.history("events:past", { limit: -1, since });
      expect(later.publications).toMatchObject([{ data: { n: 3 }, offset: 3 }]);
      expect((await running.api.history("events:past", { limit: 0 })).publications).toEqual([]);
    });

    it("disconnects a user, or one connection of a user", async () => {
      const [first, second] = await Promise.all([
        subscriber("44", "events:away"),
        subscriber("44", "events:gone"),
      ]);
      const [present] = await running.api.presence("events:away");
      await running.api.disconnect("44", present?.client);
      expect(await first.closed).toMatchObject({ code: 3503 });
      expect(await running.api.presence("events:gone")).toHaveLength(1);
      await running.api.disconnect("44");
      expect(await second.closed).toMatchObject({ code: 3503 });
    });

    it("refuses an unknown channel, and answers a ping", async () => {
      const refused = running.api.publish("nowhere:x", {});
      await expect(refused).rejects.toMatchObject({ code: 102, retryable: false });
      await expect(running.api.ping()).resolves.toBeUndefined();
    });
  });
});

describe("the API of a Centrifugo", () => {
  it("is told apart from a server that is away, and from one that is none", async () => {
    const away = createCentrifugoApi({ url: `http://127.0.0.1:${await freePort()}/api`, apiKey });
    await expect(away.ping()).rejects.toMatchObject({
      message: expect.stringContaining("ECONNREFUSED"),
      retryable: true,
    });
    const broker = await startBroker({ config: config(0), backend, port: 0 });
    const wrong = createCentrifugoApi({ url: broker.apiUrl, apiKey: "wrong" });
    await expect(wrong.ping()).rejects.toThrow(/CENTRIFUGO_API_KEY/);
    const page = createCentrifugoApi({ url: broker.apiUrl.replace("/api", "/health"), apiKey });
    await expect(page.ping()).rejects.toMatchObject({ retryable: false });
    await broker.close();
  });

  it.each(["", " spaces ", "line\r\nX-Injected: 1", "schlüssel"])(
    "takes no key that a header cannot carry, and does not repeat it: %j",
    (key) => {
      const create = () => createCentrifugoApi({ url: "http://localhost/api", apiKey: key });
      expect(create).toThrow(/^apiKey must (not be empty|be printable ASCII [a-z ]+)$/);
    },
  );
});
