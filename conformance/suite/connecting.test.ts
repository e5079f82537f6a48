// Why a client cannot connect, and how it reports the reason.
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { freePort } from "../../testing/ports.js";
import { eachPair } from "./pairs.js";

eachPair((pair) => {
  it("refuses a token with a wrong signature", async () => {
    const token = await pair.stack().token("42");
    const forged = `${token.slice(0, -6)}AAAAAA`;
    await expect(
      (await pair.driver()).connect(pair.stack().url, forged, "42"),
    ).rejects.toMatchObject({
      kind: "connection",
      message: expect.stringContaining("invalid token"),
    });
  });

  it("refuses an expired token", async () => {
    const token = await pair.stack().token("42", { expiresIn: -10 });
    await expect(
      (await pair.driver()).connect(pair.stack().url, token, "42"),
    ).rejects.toMatchObject({
      kind: "connection",
      message: expect.stringContaining("expired"),
    });
  });

  it("refuses a token that is not a JWT", async () => {
    await expect(
      (await pair.driver()).connect(pair.stack().url, "nonsense", "42"),
    ).rejects.toMatchObject({
      kind: "connection",
    });
  });

  it("refuses the token of another user", async () => {
    const token = await pair.stack().token("43");
    await expect(
      (await pair.driver()).connect(pair.stack().url, token, "42"),
    ).rejects.toMatchObject({
      kind: "connection",
      message: expect.stringMatching(/user#42.*another user|different users/s),
    });
  });

  it("reports that nothing listens at the URL", async () => {
    const url = `ws://127.0.0.1:${await freePort()}/connection/websocket`;
    await expect(
      (await pair.driver()).connect(url, await pair.stack().token("42"), "42"),
    ).rejects.toMatchObject({ kind: "connection" });
  });

  it("reports that the server is not Centrifugo", async () => {
    const server = createServer((_request, response) => response.end("hello")).listen(
      0,
      "127.0.0.1",
    );
    await once(server, "listening");
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/connection/websocket`;
    await expect(
      (await pair.driver()).connect(url, await pair.stack().token("42"), "42"),
    ).rejects.toMatchObject({ kind: "connection" });
    server.close();
  });

  it("connects after a failed attempt", async () => {
    const driver = await pair.driver();
    const { url } = pair.stack();
    await driver.connect(url, "nonsense", "42").catch(() => undefined);
    await driver.connect(url, await pair.stack().token("42"), "42");
    expect(await driver.call("math.add", { a: 1, b: 1 }).result).toEqual({ sum: 2 });
  });
});
