// Tokens that are missing, expired or refused, and how the client gets new ones.
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createToken } from "../gateway/index.js";
import { CentrifugoRPCClient, ConnectionError, UnauthorizedError } from "./index.js";
import { reply, secrets, setUp } from "./testing/scripted-gateway.js";

describe("a token", () => {
  const tokenFor = (expiresIn: number) =>
    createToken({ secret: secrets.tokenHmacSecret, userId: "42", expiresIn });

  /** A client with another token, and how often it asked for one. */
  async function withToken(token: string, getToken?: () => Promise<string>) {
    const running: (() => void)[] = [];
    const { broker } = await setUp(async (request) => {
      if (request.method === "held") await new Promise<void>((resolve) => running.push(resolve));
      return reply(request, { result: request.method });
    });
    const client = new CentrifugoRPCClient(broker.url, token, "42", getToken ? { getToken } : {});
    onTestFinished(() => client.disconnect());
    return { client, running };
  }

  it("is requested if there is none", async () => {
    const { client } = await withToken("", () => tokenFor(60));
    await client.connect();
    expect(await client.call("any", {})).toBe("any");
  });

  it("is requested if it expired before connecting", async () => {
    const { client } = await withToken(await tokenFor(-5), () => tokenFor(60));
    await client.connect();
    expect(await client.call("any", {})).toBe("any");
  });

  it("is refreshed before it expires, and a running call continues", async () => {
    let refreshed!: () => void;
    const refresh = new Promise<void>((resolve) => (refreshed = resolve));
    const { client, running } = await withToken(await tokenFor(2), async () => {
      refreshed();
      return await tokenFor(60);
    });
    await client.connect();
    const call = client.call("held", {});
    await refresh;
    expect(await client.call("any", {})).toBe("any");
    running[0]?.();
    expect(await call).toBe("held");
  });

  it("that expires without getToken ends calls with 401, and the client does not reconnect", async () => {
    const { client, running } = await withToken(await tokenFor(2));
    await client.connect();
    await expect(client.call("held", {})).rejects.toMatchObject({ code: 409 });
    await expect(client.call("any", {})).rejects.toMatchObject({
      code: 401,
      message: "not connected: unauthorized",
    });
    expect(running).toHaveLength(1);
  });

  it("that getToken refuses ends the connection", async () => {
    let asked = 0;
    const { client } = await withToken(await tokenFor(2), () => {
      asked++;
      return Promise.reject(new UnauthorizedError("revoked"));
    });
    await client.connect();
    await expect(client.call("held", {})).rejects.toMatchObject({ code: 409 });
    await expect(client.call("any", {})).rejects.toMatchObject({ code: 401 });
    expect(asked).toBe(1);
  });

  it("that is always expired fails connect()", async () => {
    const { client } = await withToken(await tokenFor(-5), () => tokenFor(-5));
    await expect(client.connect()).rejects.toMatchObject({ code: 109, unauthorized: true });
  });

  it("that never arrives fails connect() after 10 s", async () => {
    vi.useFakeTimers();
    try {
      let asked!: () => void;
      const isAsked = new Promise<void>((resolve) => (asked = resolve));
      const getToken = () => {
        asked();
        return new Promise<string>(() => undefined);
      };
      const client = new CentrifugoRPCClient("ws://127.0.0.1:1", "", "42", { getToken });
      const failed = client.connect().catch((error: unknown) => error);
      await isAsked;
      await vi.advanceTimersByTimeAsync(10_000);
      expect(await failed).toMatchObject({
        message: expect.stringContaining("no connection within 10000 ms"),
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it("that is not available at first fails connect()", async () => {
    const { client } = await withToken("", () => Promise.reject(new Error("login is down")));
    await expect(client.connect()).rejects.toBeInstanceOf(ConnectionError);
    const refused = await withToken("", () => Promise.reject(new UnauthorizedError("no")));
    await expect(refused.client.connect()).rejects.toMatchObject({ unauthorized: true });
  });
});
