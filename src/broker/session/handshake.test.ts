import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { RawClient } from "../../../testing/raw-client.js";
import { CENTRIFUGO_BIN, startServer } from "../testing/server.js";

/** Sends an upgrade request with these headers, which ws would not send. */
async function upgrade(url: string, headers: Record<string, string>) {
  const client = request(url.replace("ws:", "http:"), {
    headers: {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    },
  });
  client.end();
  const response = await new Promise<IncomingMessage>((resolve) => {
    client.once("response", resolve);
    client.once("upgrade", (upgraded: IncomingMessage, socket: Socket) => {
      socket.destroy();
      resolve(upgraded);
    });
  });
  const subprotocol = response.headers["sec-websocket-protocol"] ?? "";
  return { status: response.statusCode, subprotocol };
}

/** The HTTP status of a handshake: 101, or what it was refused with. */
async function handshake(url: string, origin?: string): Promise<number | undefined> {
  const socket = new WebSocket(url, origin === undefined ? {} : { origin });
  socket.on("error", () => undefined);
  const refused = once(socket, "unexpected-response");
  const opened = once(socket, "open");
  const status = await Promise.race([
    opened.then(() => 101),
    refused.then(([, response]) => (response as IncomingMessage).statusCode),
  ]);
  opened.catch(() => undefined);
  refused.catch(() => undefined);
  socket.terminate();
  return status;
}

describe("the handshake", () => {
  it("accepts only requests without an origin by default", async () => {
    await using server = await startServer();
    expect(await handshake(server.url)).toBe(101);
    expect(await handshake(server.url, "http://localhost:3000")).toBe(403);
    expect(await handshake(server.url, new URL(server.apiUrl).origin)).toBe(403);
  });

  it("accepts the allowed origins, in any case", async () => {
    await using server = await startServer({
      client: { allowed_origins: ["http://localhost:3000", "https://*.Example.com"] },
    });
    expect(await handshake(server.url)).toBe(101);
    expect(await handshake(server.url, "http://localhost:3000")).toBe(101);
    expect(await handshake(server.url, "https://a.b.EXAMPLE.com")).toBe(101);
    expect(await handshake(server.url, "https://example.com")).toBe(403);
    expect(await handshake(server.url, "http://localhost:30000")).toBe(403);
  });

  it("accepts all origins with *", async () => {
    await using server = await startServer({ client: { allowed_origins: ["*"] } });
    expect(await handshake(server.url, "https://anywhere")).toBe(101);
  });

  it("works only on its path", async () => {
    await using server = await startServer();
    expect(await handshake(server.url.replace("websocket", "other"))).toBe(404);
  });

  it("selects the JSON subprotocol", async () => {
    await using server = await startServer();
    const client = await RawClient.open(server.url, {}, ["centrifuge-json"]);
    expect(client.socket.protocol).toBe("centrifuge-json");
    const none = await RawClient.open(server.url);
    expect(none.socket.protocol).toBe("");
  });

  it.each([
    ["an empty header", "", ""],
    ["a comma", ",", ""],
    ["a protocol twice", "centrifuge-json, centrifuge-json", "centrifuge-json"],
    ["unknown protocols", "graphql-ws, centrifuge-json", "centrifuge-json"],
    ["no known protocol", "graphql-ws", ""],
  ])("accepts %s as subprotocols", async (_, offered, chosen) => {
    await using server = await startServer();
    const answer = await upgrade(server.url, { "Sec-WebSocket-Protocol": offered });
    expect(answer).toEqual({ status: 101, subprotocol: chosen });
  });

  it("needs version 13", async () => {
    await using server = await startServer();
    const answer = await upgrade(server.url, { "Sec-WebSocket-Version": "8" });
    expect(answer.status).toBe(400);
  });

  it.skipIf(CENTRIFUGO_BIN)("refuses protobuf for good", async () => {
    await using server = await startServer();
    const refusal = { code: 3506, reason: "only JSON is supported" };
    const client = await RawClient.open(server.url, {}, ["centrifuge-protobuf"]);
    expect(await client.closed).toEqual(refusal);
    for (const query of ["format=protobuf", "cf_protocol=protobuf"]) {
      const asking = await RawClient.open(`${server.url}?${query}`);
      expect(await asking.closed).toEqual(refusal);
    }
  });
});
