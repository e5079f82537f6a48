import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessagePublisher } from "../../handlers/index.js";
import { createPublisher } from "./remote-publisher.js";
import {
  acknowledgeNext,
  API_KEY,
  startService,
  type Service,
} from "../../../testing/http-api-service.js";

let service: Service;
let publisher: MessagePublisher;
beforeAll(async () => {
  service = await startService();
  publisher = createPublisher({ wrapperUrl: `${service.url}/`, apiKey: API_KEY });
});
afterAll(() => service.close());

describe("a publisher in another process", () => {
  it("publishes, broadcasts and waits as the gateway's own does", async () => {
    const client = await service.subscriber("42", "events:remote");
    expect(await publisher.publish("events:remote", { n: 1 })).toEqual({
      messageId: expect.any(String),
      published: true,
      delivered: false,
      acksReceived: 0,
      acksExpected: 0,
      status: "success",
    });
    expect(await client.push()).toMatchObject({ pub: { data: { n: 1 } } });
    const waiting = publisher.publishWithAck("events:remote", { n: 2 }, { acks: "all" });
    await acknowledgeNext(client);
    expect(await waiting).toMatchObject({ delivered: true, acksReceived: 1, status: "success" });
    expect(await publisher.broadcast(["events:remote", "nowhere:x"], 3)).toMatchObject([
      { channel: "events:remote", status: "success" },
      { channel: "nowhere:x", status: "failed", error: { code: 400 } },
    ]);
  });

  it("tells what did not come in time, and why it failed", async () => {
    const short = { timeout: 0.05 };
    expect(await publisher.publishWithAck("events:nobody", 1, short)).toMatchObject({
      published: true,
      acksExpected: 1,
      status: "timeout",
    });
    expect(await publisher.publishWithAck("user#42", 1, { acks: "all" })).toMatchObject({
      messageId: expect.stringMatching(/./),
      status: "failed",
      error: { code: 400 },
    });
  });

  it("rejects arguments that are wrong by themselves", async () => {
    const refused = { name: "MessageArgumentError" };
    await expect(publisher.publish("", 1)).rejects.toMatchObject(refused);
    await expect(publisher.publish("events:a", 1n)).rejects.toMatchObject(refused);
    await expect(publisher.publishWithAck("a", 1, { acks: 0 })).rejects.toMatchObject(refused);
    await expect(publisher.broadcast([], 1)).rejects.toMatchObject(refused);
  });

  it("says that its key is wrong", async () => {
    const other = createPublisher({ wrapperUrl: service.url, apiKey: "another" });
    const error = { code: 401, message: expect.stringContaining("X-API-Key") };
    expect(await other.publish("events:a", 1)).toMatchObject({ status: "failed", error });
    expect(await other.broadcast(["events:a"], 1)).toMatchObject([{ status: "failed", error }]);
  });

  const servers: [what: string, listener: RequestListener, code: number][] = [
    ["ends the connection", (request) => request.socket.destroy(), 409],
    ["is another one", (_request, response) => response.end("<html>"), 503],
    ["gives a page of its own", (_request, response) => response.writeHead(404).end("{}"), 503],
  ];
  it.each(servers)("tells when the server %s", async (_what, listener, code) => {
    const server = createServer(listener).listen(0, "127.0.0.1");
    await once(server, "listening");
    const wrapperUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = createPublisher({ wrapperUrl, apiKey: "k" });
    expect(await other.publish("events:a", 1)).toMatchObject({
      messageId: "",
      published: false,
      status: "failed",
      error: { code },
    });
    server.close();
    await once(server, "close");
    expect(await other.publish("events:a", 1)).toMatchObject({
      error: { code: 503, message: "the gateway cannot be reached: ECONNREFUSED" },
    });
  });

  it("does not follow to another server, which would get the key", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(307, { Location: "/elsewhere" }).end();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const wrapperUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const other = createPublisher({ wrapperUrl, apiKey: "k" });
    expect(await other.publish("events:a", 1)).toMatchObject({ error: { code: 503 } });
    expect(asked).toEqual(["/api/publish"]);
    server.close();
  });

  it("publishes nothing when the integration is disabled, and needs nothing for it", async () => {
    const off = createPublisher({ enabled: false, wrapperUrl: "", apiKey: "" });
    expect(await off.publish("events:a", 1)).toMatchObject({
      published: false,
      status: "failed",
      error: { code: 503, message: "the integration is disabled" },
    });
  });

  it.each([
    [{ wrapperUrl: "localhost", apiKey: "k" }, /wrapperUrl/],
    [{ wrapperUrl: "localhost:8001", apiKey: "k" }, /wrapperUrl/],
    [{ wrapperUrl: "http://localhost", apiKey: "" }, /apiKey/],
    [{ wrapperUrl: "http://localhost", apiKey: "a\r\nb" }, /^apiKey must be printable/],
  ])("cannot be made of %j", (options, message) => {
    expect(() => createPublisher(options)).toThrow(message);
  });
});
