// What works with any Centrifugo SDK, and what happens if a client breaks the rules.
import { Centrifuge, type PublicationContext, type Subscription } from "centrifuge";
import { afterEach, expect, it } from "vitest";
import { WebSocket } from "ws";
import type { Stack } from "../stack/stack.js";
import { eachBroker } from "./pairs.js";

const open: { disconnect(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});

/** The official SDK, connected as a user. */
async function connect(stack: Stack, userId: string): Promise<Centrifuge> {
  const client = new Centrifuge(stack.url, {
    token: await stack.token(userId),
    websocket: WebSocket,
  });
  open.push(client);
  client.connect();
  await client.ready();
  return client;
}

async function subscribe(client: Centrifuge, channel: string): Promise<Subscription> {
  const subscription = client.newSubscription(channel);
  await new Promise((resolve, reject) => {
    subscription.once("subscribed", resolve).once("unsubscribed", reject).subscribe();
  });
  return subscription;
}

const nextPublication = (subscription: Subscription): Promise<unknown> =>
  new Promise((resolve) =>
    subscription.once("publication", ({ data }: PublicationContext) => resolve(data)),
  );

/** A bare WebSocket that has sent its first frames, and how it was closed. */
async function closeOf(stack: Stack, frames: string[]): Promise<{ code: number; reason: string }> {
  const socket = new WebSocket(stack.url);
  socket.on("open", () => {
    for (const frame of frames) socket.send(frame);
  });
  return await new Promise((resolve) => {
    socket.on("error", () => undefined);
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() }));
  });
}

eachBroker((stack) => {
  it("a plain rpc() returns the result itself", async () => {
    const client = await connect(stack(), "42");
    expect((await client.rpc("math.add", { a: 1, b: 2 })).data).toEqual({ sum: 3 });
  });

  it("may subscribe to events channels whose names fit the pattern", async () => {
    const client = await connect(stack(), "42");
    await subscribe(client, "events:boards/7.cards:open-1_a");
    for (const name of ["a b", "x".repeat(101), "a\u0001"]) {
      await expect(subscribe(client, `events:${name}`)).rejects.toMatchObject({ code: 107 });
    }
  });

  it("a plain rpc() that fails returns Centrifugo's error with the call's code", async () => {
    const client = await connect(stack(), "42");
    await expect(client.rpc("math.nope", {})).rejects.toMatchObject({ code: 404 });
    await expect(client.rpc("math.add", { a: "x" })).rejects.toMatchObject({ code: 400 });
    await expect(client.rpc("fail.application", {})).rejects.toMatchObject({
      code: 1001,
      message: "quota used up",
    });
  });

  it("a call published to rpc.requests is answered on the user's channel", async () => {
    const client = await connect(stack(), "42");
    const replies = await subscribe(client, "user#42");
    for (const reply_to of [undefined, "user#42"]) {
      const reply = nextPublication(replies);
      const params = { a: 1, b: 2 };
      const call = { method: "math.add", params, correlation_id: "published-1", reply_to };
      await client.publish("rpc.requests", call);
      expect(await reply).toMatchObject({ correlation_id: "published-1", result: { sum: 3 } });
    }
    const failed = nextPublication(replies);
    await client.publish("rpc.requests", { method: "math.nope", correlation_id: "published-2" });
    expect(await failed).toMatchObject({ correlation_id: "published-2", error: { code: 404 } });
  });

  it("the reply to a published call cannot go to another user", async () => {
    const client = await connect(stack(), "42");
    const call = { method: "math.add", params: { a: 1, b: 2 }, correlation_id: "x" };
    await expect(
      client.publish("rpc.requests", { ...call, reply_to: "user#43" }),
    ).rejects.toMatchObject({ code: 403 });
  });

  it("nobody can read other users' calls or publish elsewhere", async () => {
    const client = await connect(stack(), "42");
    for (const channel of ["rpc.requests", "user#43"]) {
      await expect(subscribe(client, channel)).rejects.toMatchObject({ code: 103 });
    }
    for (const channel of ["news", "user#42", "user#43"]) {
      await expect(client.publish(channel, { fake: 1 })).rejects.toMatchObject({ code: 103 });
    }
  });

  it("a user's replies are kept for a connection that was away", async () => {
    const client = await connect(stack(), "away");
    const replies = await subscribe(client, "user#away");
    client.disconnect();
    await stack().api("publish", { channel: "user#away", data: { missed: true } });
    const missed = nextPublication(replies);
    client.connect();
    expect(await missed).toEqual({ missed: true });
  });

  it.each([
    ["no JSON", ["nonsense"], 3501, "bad request"],
    ["an empty frame", [""], 3501, "bad request"],
    ["a command before connect", ['{"id":1,"rpc":{"method":"math.add"}}'], 3501, "bad request"],
    ["no token", ['{"id":1,"connect":{}}'], 3501, "bad request"],
    ["a token that is none", ['{"id":1,"connect":{"token":"x"}}'], 3500, "invalid token"],
  ])("%s closes the connection, and that one only", async (_name, frames, code, reason) => {
    const client = await connect(stack(), "42");
    expect(await closeOf(stack(), frames)).toEqual({ code, reason });
    expect((await client.rpc("math.add", { a: 1, b: 2 })).data).toEqual({ sum: 3 });
  });

  it("a frame of 10 MB closes its connection with 1009, and no other", async () => {
    const client = await connect(stack(), "42");
    const frame = JSON.stringify({ id: 1, connect: { token: "x".repeat(10 * 1024 * 1024) } });
    const { code } = await closeOf(stack(), [frame]);
    // Centrifugo closes while the rest of the frame is unread, and TCP may then drop its close frame.
    expect([1009, 1006]).toContain(code);
    expect((await client.rpc("math.add", { a: 1, b: 2 })).data).toEqual({ sum: 3 });
  });
});
