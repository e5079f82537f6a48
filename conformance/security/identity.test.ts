// A user with a right token who wants to be another one. Every case runs on both brokers.
import { afterEach, describe, expect, it } from "vitest";
import type { Stack } from "../stack/stack.js";
import { eachBroker } from "../suite/pairs.js";
import { Attacker } from "./attacker.js";

const running: { close(): void }[] = [];
afterEach(() => {
  for (const client of running.splice(0)) client.close();
});

async function attacker(stack: Stack, user = "mallory", meta?: Record<string, unknown>) {
  const client = await Attacker.connect(stack, user, meta);
  running.push(client);
  return client;
}

let lastKey = 0;

eachBroker((stack) => {
  describe("the user that a handler receives", () => {
    it("comes from the token, whatever is in the params, the envelope and the command", async () => {
      const mallory = await attacker(stack(), "mallory", { role: "guest" });
      const claims = {
        user: "anna",
        userId: "anna",
        user_id: "anna",
        client: "c-anna",
        sub: "anna",
        meta: { role: "admin" },
        conn: { userId: "anna", meta: { role: "admin" } },
      };
      const right = { userId: "mallory", meta: { role: "guest" } };
      expect(await mallory.call("who_am_i", claims, claims)).toMatchObject(right);
      expect(await mallory.rpc("who_am_i", claims, claims)).toMatchObject(right);
      const envelope = { $rpc: 1, correlation_id: `who-${++lastKey}`, params: {} };
      const { result } = await mallory.rpc("who_am_i", envelope, claims);
      expect(result).toMatchObject(right);
    });

    it.each(["", "a,b", "anna,mallory", "x#anna", "events:anna", "a b", "ü"])(
      "is never %j: such an ID would open channels to others",
      async (user) => {
        const { userId, ...refused } = await userOf(stack(), user);
        expect(userId).toBeUndefined();
        expect(refused).toMatchObject({ refused: { code: 401 } });
      },
    );
  });

  describe("another user's calls", () => {
    it("are not answered to a caller that repeats their correlation ID", async () => {
      const [anna, mallory] = [await attacker(stack(), "anna"), await attacker(stack())];
      const key = `held-${++lastKey}`;
      const correlation_id = `same-${key}`;
      const call = { $rpc: 1, correlation_id, params: { key } };
      await mallory.subscribe("user#mallory");
      expect(await anna.rpc("slow.held", call)).toMatchObject({ pending: true });
      const own = { $rpc: 1, correlation_id, params: { mine: true } };
      expect(await mallory.rpc("echo", own)).toMatchObject({ result: { mine: true } });
      expect(await mallory.rpc("$rpc.cancel", { $rpc: 1, correlation_id })).toMatchObject({
        cancelled: false,
      });
      await anna.subscribe("user#anna");
      stack().events.add("released", key);
      expect(await anna.published("user#anna")).toMatchObject({ correlation_id, result: { key } });
    });

    it("have replies only on the caller's own channel", async () => {
      const mallory = await attacker(stack());
      for (const reply_to of ["user#anna", "user#mallory,anna", "events:all", "", "user"]) {
        const published = { method: "echo", correlation_id: `r-${++lastKey}`, reply_to };
        expect(await mallory.publish("rpc.requests", published)).toMatchObject({ code: 403 });
      }
    });
  });

  it("a repeated correlation ID does not return the reply of another method", async () => {
    const mallory = await attacker(stack());
    const key = `own-${++lastKey}`;
    const call = { $rpc: 1, correlation_id: key, params: { key } };
    expect(await mallory.rpc("slow.held", call)).toMatchObject({ pending: true });
    expect(await mallory.rpc("echo", call)).toMatchObject({
      error: { code: 400, message: expect.stringContaining("another method") },
    });
    const published = { method: "echo", correlation_id: key };
    expect(await mallory.publish("rpc.requests", published)).toMatchObject({ code: 400 });
    stack().events.add("released", key);
  });

  describe("channels", () => {
    it.each(["user#anna", "user#anna,bob", "x#anna", "rpc.requests", "user", "private:a"])(
      "%s cannot be subscribed to by others",
      async (channel) => {
        const mallory = await attacker(stack());
        expect((await mallory.subscribe(channel))?.code).toSatisfy((code) =>
          [102, 103].includes(code as number),
        );
      },
    );

    it.each(["user#anna", "user#mallory", "events:news", "plain", "user#anna,mallory"])(
      "%s cannot be published to by a client",
      async (channel) => {
        const mallory = await attacker(stack());
        await mallory.subscribe(channel);
        const forged = { $rpc: 1, correlation_id: "id-1", result: { forged: true } };
        expect(await mallory.publish(channel, forged)).toMatchObject({ code: 103 });
      },
    );
  });

  it("an acknowledgement of another user's publication is refused", async () => {
    const [anna, mallory] = [await attacker(stack(), "anna"), await attacker(stack())];
    await anna.subscribe("user#anna");
    const waiting = stack().publisher.publishWithAck("user#anna", { n: 1 }, { timeout: 5 });
    const { push } = (await anna.socket.take((message) => "push" in message)) as {
      push: { pub: { tags: Record<string, string> } };
    };
    const ack = {
      $rpc: 1,
      message_id: push.pub.tags["rpc_message_id"],
      subscriber_id: "subscriber-1",
    };
    expect(await mallory.rpc("$rpc.ack", ack)).toMatchObject({ refused: { code: 403 } });
    const forged = { ...ack, user: "anna", client: "c-anna" };
    expect(await mallory.rpc("$rpc.ack", forged)).toMatchObject({ refused: { code: 403 } });
    expect(await anna.rpc("$rpc.ack", ack)).toMatchObject({ accepted: true });
    expect(await waiting).toMatchObject({ delivered: true, acksReceived: 1 });
  });
});

/** Whom the handlers see of a connection with this `sub`, which our own `createToken` refuses. */
async function userOf(stack: Stack, user: string): Promise<Record<string, unknown>> {
  const client = await Attacker.connectAs(stack, user);
  running.push(client);
  return await client.call("who_am_i", {});
}
